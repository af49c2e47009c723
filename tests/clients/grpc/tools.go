//go:build tools

// The programs that run has built, so that go.mod pins them.
package tools

import (
	_ "github.com/bojand/ghz/cmd/ghz"
	_ "github.com/fullstorydev/grpcurl/cmd/grpcurl"
)
