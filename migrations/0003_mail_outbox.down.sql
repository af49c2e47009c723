DROP FUNCTION signet.remove_given_up_mail(timestamptz);
DROP FUNCTION signet.finish_mail(uuid, uuid);
DROP TYPE signet.mail_row;
DROP TABLE signet.mail_outbox;
