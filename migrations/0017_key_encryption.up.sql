-- A replica verifies by a key whose public half another one vouches for, before it has opened the
-- private half; and a server adds nothing that is sealed under another key-encryption key than all
-- the rest (docs/adr/0039).
ALTER TABLE signet.signing_keys ADD COLUMN public_mac bytea;
COMMENT ON COLUMN signet.signing_keys.public_mac IS
  'HMAC by a server over kid, algorithm and public_jwk';
ALTER TABLE signet.signing_key_head ADD COLUMN kek_id text;
COMMENT ON COLUMN signet.signing_key_head.kek_id IS
  'key-encryption key of the last signetd keys reseal; null: none yet';
