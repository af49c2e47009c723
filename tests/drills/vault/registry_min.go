// What a Vault that is built with the tag `minimal` lacks for the drill.

//go:build minimal

package builtinplugins

import (
	credKube "github.com/hashicorp/vault-plugin-auth-kubernetes"
	dbPostgres "github.com/hashicorp/vault/plugins/database/postgresql"
)

func extendAddonPlugins(reg *registry) {
	reg.credentialBackends["kubernetes"] = credentialBackend{Factory: credKube.Factory}
	reg.databasePlugins["postgresql-database-plugin"] = databasePlugin{Factory: dbPostgres.New}
}
