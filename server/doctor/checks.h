#pragma once

#include <cstdint>

#include "server/doctor/deployment.h"
#include "server/doctor/finding.h"

namespace signet::doctor {

constexpr int64_t kMebibyte = 1 << 20;

// One check, one function, one file of its name under checks/. Each returns a finding without its
// name and has its own limits for what it waits for; none writes anything anywhere.

// The database's clock against this machine's, in milliseconds: a warning over 1 s, a failure over
// 5 s (docs/runbooks/clock-skew.md). And other processes', where they wrote a time that is still to
// come.
Finding CheckClock(const Deployment& deployment);

// The files of listen.tls_*: readable, the key is the certificate's, the chain in its order, for
// servers, for the issuer's host, begun and not over. Ends within 14 days: a warning; within 3: a
// failure; as the alerts have it. Skipped without TLS on loopback.
Finding CheckCertificate(const Deployment& deployment);

// Where this configuration has a server running: that it shows the certificate of the files, speaks
// HTTP/2 (ALPN), refuses TLS 1.1, and that its health service says SERVING. Skipped where nobody
// listens.
Finding CheckGrpcPort(const Deployment& deployment);
// The same of the HTTP port, with /readyz.
Finding CheckHttpPort(const Deployment& deployment);

// The path that callers take, through whatever stands in front (--through): HTTP/2 is agreed on by
// ALPN, the certificate is trusted and of that name, and a health call of gRPC comes back. A proxy
// that speaks HTTP/1.1 alone, or loses trailers, fails here.
Finding CheckThrough(const Deployment& deployment);

// Reachable as the service reaches it; PostgreSQL 15 or later; takes writes; UTF8; room for the
// connections; encrypted unless on this machine.
Finding CheckDatabase(const Deployment& deployment);

// The service's role may do exactly what the migrations grant it: no superuser, nothing
// that creates, owner of nothing, no change of the audit log.
Finding CheckRights(const Deployment& deployment);

// Every migration of this release is applied, as it is in this release, and none that it does not
// know.
Finding CheckMigrations(const Deployment& deployment);

// A key signs; it is not a day (a warning) or a third of its life (a failure) past
// keys.rotate_after; the key-encryption key opens every key that signs or will, and it signs what
// its public half verifies.
Finding CheckKeys(const Deployment& deployment);

// The module of PKCS #11 loads, takes the PIN (a wrong one counts, so this is one attempt), and the
// key seals and opens; a warning where it can be taken out of the module. Skipped where the
// key-encryption key is elsewhere.
Finding CheckHardware(const Deployment& deployment);

// Vault lets the service log in, gives the credentials of the database and the key-encryption key,
// as far as the configuration asks it for them; a transit key seals and opens. Skipped without
// Vault.
Finding CheckVault(const Deployment& deployment);

// No event waits for its seal for more than a minute (a warning) or two (a failure).
Finding CheckAudit(const Deployment& deployment);

// No mail waits for more than 15 minutes, and none was given up.
Finding CheckMail(const Deployment& deployment);

// `pgbackrest info` of the stanza: a backup within 36 hours (else a warning) and a full one within
// 8 days (else a failure). Skipped where pgBackRest is not, or says nothing to this user.
Finding CheckBackups(const Deployment& deployment);

// Strangers reach the gRPC port through a proxy alone (docs/edge.md).
Finding CheckEdge(const Deployment& deployment);

// Standbys, and whether a commit waits for one.
Finding CheckReplication(const Deployment& deployment);

// Open files: the limit of the running server, else of this process, against what its own limits
// come to.
Finding CheckFiles(const Deployment& deployment);

// Space where the server writes a file: the checkpoints of the audit log.
Finding CheckDisk(const Deployment& deployment);

// Huge pages for a large shared_buffers of PostgreSQL.
Finding CheckMemory(const Deployment& deployment);

}  // namespace signet::doctor
