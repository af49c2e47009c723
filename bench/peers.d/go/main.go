// golang-jwt over the samples of a directory (libraries/samples.h says what is in it):
// peers DIRECTORY SECONDS. Prints one row.
package main

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"github.com/golang-jwt/jwt/v5"
)

type row struct {
	Peer    string  `json:"peer"`
	Version string  `json:"version"`
	Case    string  `json:"case"`
	Rate    float64 `json:"rate,omitempty"`
	Wrong   string  `json:"wrong,omitempty"`
}

type samples struct {
	issuer, audience, algorithm string
	publicPem                   []byte
	tokens, wrong               []string
}

func lines(directory, file string) ([]string, error) {
	bytes, err := os.ReadFile(directory + "/" + file)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(string(bytes), "\n"), "\n"), nil
}

func readSamples(directory string) (samples, error) {
	var s samples
	for file, to := range map[string]*string{"issuer": &s.issuer, "audience": &s.audience, "algorithm": &s.algorithm} {
		found, err := lines(directory, file)
		if err != nil {
			return s, err
		}
		*to = found[0]
	}
	var err error
	if s.publicPem, err = os.ReadFile(directory + "/public.pem"); err != nil {
		return s, err
	}
	if s.tokens, err = lines(directory, "tokens"); err != nil {
		return s, err
	}
	s.wrong, err = lines(directory, "wrong")
	return s, err
}

// What the process costs the core in seconds, the collector's threads included.
func spent() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}

func parseKey(s samples) (crypto.PublicKey, error) {
	if s.algorithm == "ES256" {
		return jwt.ParseECPublicKeyFromPEM(s.publicPem)
	}
	return jwt.ParseRSAPublicKeyFromPEM(s.publicPem)
}

func measure(s samples, seconds float64) (float64, error) {
	key, err := parseKey(s)
	if err != nil {
		return 0, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{s.algorithm}), jwt.WithIssuer(s.issuer),
		jwt.WithAudience(s.audience), jwt.WithExpirationRequired())
	find := func(*jwt.Token) (interface{}, error) { return key, nil }
	takes := func(token string) bool {
		var claims jwt.RegisteredClaims
		parsed, err := parser.ParseWithClaims(token, &claims, find)
		return err == nil && parsed.Valid
	}
	turns := s.tokens
	if len(turns) > 256 {
		turns = turns[:256]
	}
	for _, token := range turns {
		if !takes(token) {
			return 0, errors.New("refused a live token")
		}
	}
	for _, one := range s.wrong {
		if fault, token, _ := strings.Cut(one, "\t"); takes(token) {
			return 0, errors.New("accepted a token " + fault)
		}
	}
	begin := spent()
	for calls := 0; ; {
		for i := 0; i < 64; i++ {
			if !takes(turns[(calls+i)%len(turns)]) {
				return 0, errors.New("refused a live token while it was measured")
			}
		}
		calls += 64
		if now := spent(); now-begin >= seconds {
			return float64(calls) / (now - begin), nil
		}
	}
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/golang-jwt/jwt/v5" {
				return strings.TrimPrefix(module.Version, "v") + ", " + runtime.Version()
			}
		}
	}
	return ""
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: peers DIRECTORY SECONDS")
		os.Exit(2)
	}
	seconds, err := strconv.ParseFloat(os.Args[2], 64)
	var s samples
	if err == nil {
		s, err = readSamples(os.Args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answer := row{Peer: "golang-jwt", Version: version(), Case: strings.ToLower(s.algorithm) + "/cold"}
	if answer.Rate, err = measure(s, seconds); err != nil {
		answer.Rate, answer.Wrong = 0, err.Error()
	}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		os.Exit(1)
	}
}
