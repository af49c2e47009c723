ALTER TABLE signet.signing_key_head DROP COLUMN kek_id;
ALTER TABLE signet.signing_keys DROP COLUMN public_mac;
