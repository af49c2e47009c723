"""Where rows live on several nodes, and which statements may leave one shard, each with its reason."""

# Distributed by this column, all of one person on one node. Role grants, guards and API keys are those of a
# person or a service account, by the same hash.
PERSON = {
    "users": "id", "password_credentials": "user_id", "sessions": "user_id", "lineages": "user_id",
    "lineage_history": "user_id", "email_tokens": "user_id", "email_changes": "user_id", "mail_outbox": "user_id",
    "mail_pauses": "user_id", "second_factors": "user_id", "role_grants": "user_id", "attempt_guards": "subject",
    "service_accounts": "id", "api_keys": "service_account_id",
}

# On one node, or on each as a copy.
CENTRAL = {
    **dict.fromkeys(["audit_events", "audit_head", "audit_leaves", "audit_checkpoints", "audit_nodes",
                     "audit_personal", "audit_retired"], "one log in one order, which is what it proves"),
    **dict.fromkeys(["revocation_head", "revocation_log"], "one order, which every process follows"),
    **dict.fromkeys(["signing_keys", "signing_key_head", "server_secrets", "session_policy", "key_set_verifiers",
                     "roles"], "a few rows that everybody reads: reference tables"),
    **dict.fromkeys(["rate_buckets", "used_challenges", "failed_logins", "threats"],
                    "of addresses and networks, not of people; short-lived"),
}

# Many calls in one statement: each row is reached by its own key, an element of an array that was given. On
# several nodes whoever makes the batch would make one for each.
BATCHES = {
    "rotate": "refreshes that arrived together (ADR 0011)",
    "read_lineage": "what such refreshes presented",
    "record_replay": "replays among them",
    "find_session_tokens": "session tokens that were asked for together",
    "record_session_uses": "their uses",
}

DIRECTORY = "by the address, which is unique among all: needs a directory of addresses on several nodes"
TWO_PEOPLE = "an administrator's, who is locked with the person it is about: two shards, rare"
ADMINISTRATORS = "the last administrator has to stay: looks at all of them, rare"
EVERYBODY = "an administrator's question about everybody: asked of every shard"
BY_KEY_ID = "by the id of an API key, which does not say whose it is: needs a directory on several nodes"
UPKEEP = "upkeep: looks for what is due on every shard, outside any call"
BY_CATALOG = ("every table of a person, by the catalog, WHERE <its owner's column> = the person: one shard, which "
              "dynamic SQL does not show")

EXCEPTIONS = {
    "find_by_email": DIRECTORY,
    "admit_login": DIRECTORY,
    "insert_account": DIRECTORY,
    "request_email_change": DIRECTORY,
    "import_users": DIRECTORY,
    "insert_first_administrator": ADMINISTRATORS,
    "update_user": TWO_PEOPLE,
    "create_role": TWO_PEOPLE,
    "grant_role": TWO_PEOPLE,
    "revoke_role": TWO_PEOPLE,
    "create_service_account": TWO_PEOPLE,
    "set_service_account_status": TWO_PEOPLE,
    "create_api_key": TWO_PEOPLE,
    "rotate_api_key": TWO_PEOPLE,
    "revoke_api_key": TWO_PEOPLE,
    "update_role": "ends the tokens of all who hold the role",
    "delete_role": "asks whether anybody holds it",
    "close_account": ADMINISTRATORS,
    "list_users": EVERYBODY,
    "list_users_by_email": EVERYBODY,
    "holders_of_role": EVERYBODY,
    "list_service_accounts": EVERYBODY,
    "lineage_history": "an administrator's, by a session's id alone; its owner's is bound to him",
    "read_api_key": BY_KEY_ID,
    "find_api_key": BY_KEY_ID,
    "note_api_key_uses": BY_KEY_ID,
    "claim_mail": UPKEEP,
    "look_at_mail": UPKEEP,
    "remove_given_up_mail": UPKEEP,
    "remove_expired_email_tokens": UPKEEP,
    "remove_expired_grants": UPKEEP,
    "remove_expired_sessions": UPKEEP,
    "remove_stale_attempts": UPKEEP,
    "maintain_partitions": UPKEEP,
    "maintain_audit": UPKEEP,
    "restore_revocation": "after a failover that lost revocations: by session id, rare",
    "export_person": BY_CATALOG,
    "erase_person": BY_CATALOG,
}

# What the SQL cannot say: two values of a statement that are of one person.
SAME = {
    # The guard of somebody whom the statement knows is his own (server/domain/abuse/guard_key.h).
    "open_session": [(("param", 18), ("param", 2))],
}
# The row of a mail is made for the person whom the statement is about (server/mail). One of kind 0, which is
# sent to nobody, has nobody's id, and goes to a shard of its own.
MAIL_OF_THE_PERSON = "mail_outbox"
