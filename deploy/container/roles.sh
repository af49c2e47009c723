#!/bin/sh
# Run once by the image of PostgreSQL, over an empty database: the roles that signetd knows.
set -eu
owner=$(cat /run/secrets/owner-password)
service=$(cat /run/secrets/service-password)
psql -X -v ON_ERROR_STOP=1 -U postgres -v owner="$owner" -v service="$service" <<'SQL'
CREATE ROLE signet_service NOLOGIN;
CREATE ROLE signet_auditor NOLOGIN;
CREATE ROLE signet_owner LOGIN PASSWORD :'owner';
CREATE ROLE signet LOGIN PASSWORD :'service' IN ROLE signet_service;
CREATE DATABASE signet OWNER signet_owner;
REVOKE ALL ON DATABASE signet FROM PUBLIC;
GRANT CONNECT ON DATABASE signet TO signet_service, signet_auditor;
SQL
