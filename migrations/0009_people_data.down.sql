DROP FUNCTION signet.erase_person(uuid, smallint, timestamptz, timestamptz, timestamptz,
  signet.audit_row);
DROP FUNCTION signet.export_person(uuid);
DROP FUNCTION signet.secret_columns(name);
DROP FUNCTION signet.tables_of_people();
