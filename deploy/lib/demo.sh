# The main job, driven through the command-line client; every result is compared with what it has
# to be. Sourced by deploy/quickstart.

demo_email=demo@example.com
admin_email=admin@example.com

say() { echo "quickstart: $*"; }
fail() { say "FAILED: $*" >&2; exit 1; }
step() { printf '\n== %s\n' "$*"; }
result() { printf '   %s\n' "$*"; }

# One member of a JSON object; the values looked at hold no quotes.
pick() { sed -n "s/.*\"$2\": *\"\{0,1\}\([^\",}]*\).*/\1/p" <<<"$1"; }

# A token is a secret also in a demonstration: its beginning is enough to tell it apart.
short() { echo "${1:0:28}…${1: -6}"; }

# Runs `signet --json …`; the result is in $answer, the exit code has to be $1.
answer=
call() {
  local expected=$1 code=0
  shift
  printf '   $ signet %s\n' "$*"
  answer=$("$signet" --json "$@" 2>&1) || code=$?
  ((code == expected)) || fail "exit code $code instead of $expected: $answer"
}

# The same with a token on descriptor 3, where no other process can read it.
call_with_token() {
  local token=$1
  shift
  call "$@" --token-fd 3 3<<<"$token"
}

is() {
  local got
  got=$(pick "$answer" "$1")
  [[ $got == "$2" ]] || fail "$1 is '$got' instead of '$2': $answer"
}

# A password of this state directory alone; there is no default one.
make_password() {
  local file=$1
  [[ -s $file ]] && return
  (umask 077 && head -c 18 /dev/urandom | base64 >"$file")
}

# --dev keeps mail in a folder.
verify() {
  local mail link tries
  step "the welcome mail, kept in a folder by --dev, has a link that verifies the address"
  for ((tries = 0; tries < 50; tries++)); do
    mail=$(find "$mail_folder" -name '*-welcome-*.eml' 2>/dev/null | sort | tail -n 1) || true
    [[ -n $mail ]] && break
    sleep 0.1
  done
  [[ -n $mail ]] || fail "no mail in $mail_folder"
  # Quoted-printable: a line that ends in '=' goes on in the next one.
  link=$(tr -d '\r' <"$mail" | sed -e ':a' -e '/=$/{N;s/=\n//;ba' -e '}' | grep -o 'http[^ "<]*#sge_[A-Za-z0-9_-]*' | head -n 1) || true
  [[ $link == http*"/verify-email#sge_"* ]] || fail "no link in $mail"
  call_with_token "$link" 0 email verify
  is verified true
  result "verified, by $(basename "$mail")"
}

# What an authenticator app shows for secret $1, $2 steps of 30 s from now (RFC 6238).
totp() {
  local key step mac offset
  key=$(base32 -d <<<"$1$(printf '%*s' $(((8 - ${#1} % 8) % 8)) '' | tr ' ' =)" | od -An -tx1 | tr -d ' \n')
  printf -v step '%016x' $(($(date +%s) / 30 + $2))
  mac=$(printf %b "$(sed 's/../\\x&/g' <<<"$step")" |
    openssl dgst -sha1 -mac HMAC -macopt "hexkey:$key" | sed 's/.* //')
  offset=$((2 * 0x${mac:39:1}))
  printf '%06d\n' $(((0x${mac:offset:8} & 0x7fffffff) % 1000000))
}

# Of an account of its own, that a second run does not meet again.
second_factor() {
  local email="demo-$(date +%s)@example.com" secret recovery
  step "a second factor: an authenticator app, here $email"
  call 0 register "$email" --password-fd 3 3<"$password_file"
  call 0 login "$email" --password-fd 3 3<"$password_file"
  call 0 mfa enroll --qr none
  secret=$(pick "$answer" secret)
  call 0 mfa confirm --code-fd 3 3< <(totp "$secret" 0)
  recovery=$(grep -o '"[A-Z0-9]\{4\}-[A-Z0-9-]*"' <<<"$answer" | tr -d '"')
  (($(wc -l <<<"$recovery") == 10)) || fail "not ten recovery codes: $answer"
  result "in force, with 10 recovery codes"

  step "now the password alone opens nothing, and a code counts once"
  call 1 login "$email" --password-fd 3 --code-fd 4 3<"$password_file" 4<<<000000
  is reason MFA_CODE_INVALID
  call 0 login "$email" --password-fd 3 --code-fd 4 3<"$password_file" 4< <(totp "$secret" 1)
  call 1 login "$email" --password-fd 3 --code-fd 4 3<"$password_file" 4< <(totp "$secret" 1)
  is reason MFA_CODE_INVALID
  call 0 login "$email" --password-fd 3 --code-fd 4 3<"$password_file" 4<<<"${recovery%%$'\n'*}"
  result "a code of the app and a recovery code were taken, each once"
}

# The demonstration's own device is known from its logins; the stranger's has no state.
lockout() {
  local guesses=0 tries stranger=$XDG_STATE_HOME/stranger
  step "a stranger guesses at the password of $demo_email: more and more slowly, then not at all"
  mkdir -p -m 0700 "$stranger"
  for ((tries = 0; guesses < 5; tries++)); do
    ((tries < 60)) || fail "no lock after a minute: $answer"
    answer=$(XDG_STATE_HOME=$stranger "$signet" --json login "$demo_email" --password-fd 3 \
      3<<<"guess number $tries" 2>&1) && fail "a wrong password was taken"
    case $(pick "$answer" reason) in
      CREDENTIALS_INVALID) ((++guesses)) ;;
      RATE_LIMITED) sleep 0.5 ;;
      *) fail "another answer: $answer" ;;
    esac
  done
  XDG_STATE_HOME=$stranger call 1 login "$demo_email" --password-fd 3 3<"$password_file"
  is reason CREDENTIALS_INVALID
  result "locked for strangers: now even the right password is refused, and none is looked at"
  call 0 login "$demo_email" --password-fd 3 3<"$password_file"
  result "its owner, on a device that has logged in before, gets in"
}

audit_log() {
  local key
  step "the first administrator, and the audit log as he sees it"
  bootstrap "$admin_email" "$password_file"
  call 0 login "$admin_email" --password-fd 3 3<"$password_file"
  "$signet" audit list --limit 5 2>&1 | sed 's/^/   /'
  step "its hashes and signatures, computed anew by the client"
  key=$(curl -fsS "$http/audit/key")
  call 0 audit verify --key "$key"
  result "nothing was changed, removed, reordered or cut off: $(pick "$answer" events) events"

  step "a database administrator rewrites one event, in a copy of the database"
  rewrite_an_event "$key"
  sed 's/},{/}\n{/g' <<<"$answer" |
    sed -n 's/.*"kind": *"\([^"]*\)".*"text": *"\([^"]*\)".*/   \1: \2/p'
}

open_lineage() {
  step "log in: an access token and the first refresh token of a lineage"
  call 0 login "$demo_email" --password-fd 3 --audience demo --scope email --device quickstart \
    --print-tokens 3<"$password_file"
  session_id=$(pick "$answer" session_id)
  access=$(pick "$answer" access_token)
  first=$(pick "$answer" refresh_token)
  [[ $access == eyJ*.*.* && $first == sgr_* ]] || fail "no token pair: $answer"
  is token_type Bearer
  result "session $session_id, access token $(short "$access")"

  step "validate it: no query, signature and rules alone"
  call_with_token "$access" 0 validate --audience demo
  is active true
  is session_id "$session_id"
  is email "$demo_email"
  result "active, for $(pick "$answer" email)"

  step "validate it for somebody else: refused"
  call_with_token "$access" 1 validate --audience somebody-else
  is active false
  is reason INACTIVE_REASON_AUDIENCE_MISMATCH
  result "$(pick "$answer" reason)"
}

rotate() {
  step "refresh: the next pair, the token given is used up"
  call_with_token "$first" 0 refresh
  second=$(pick "$answer" refresh_token)
  is replayed false
  [[ $second == sgr_* && $second != "$first" ]] || fail "no successor: $answer"
  result "successor $(short "$second")"

  step "the same refresh again, as after a lost answer: the same successor"
  call_with_token "$first" 0 refresh
  is replayed true
  is refresh_token "$second"
  result "the same successor"

  step "use the successor once"
  call_with_token "$second" 0 refresh
  is replayed false
  access=$(pick "$answer" access_token)
  result "third refresh token $(short "$(pick "$answer" refresh_token)")"
}

steal() {
  local started elapsed
  step "now somebody presents the first token, rotated long ago: theft"
  started=$(date +%s%N)
  call_with_token "$first" 1 refresh
  is reason REFRESH_TOKEN_REUSED
  result "REFRESH_TOKEN_REUSED: the lineage is revoked"

  step "the newest access token of that lineage is refused"
  for ((i = 0; i < 100; i++)); do
    "$signet" --json validate --audience demo --token-fd 3 3<<<"$access" >/dev/null || break
    sleep 0.01
  done
  call_with_token "$access" 1 validate --audience demo
  elapsed=$((($(date +%s%N) - started) / 1000000))
  is active false
  is reason INACTIVE_REASON_REVOKED_SESSION
  result "$(pick "$answer" reason), within $elapsed ms of the theft, the commands' own starts included"
}

show_lineage() {
  step "the lineage, as its owner sees it from a new session"
  call 0 login "$demo_email" --password-fd 3 --audience demo --device quickstart 3<"$password_file"
  call 0 lineage show "$session_id"
  grep -q SESSION_END_REASON_REFRESH_TOKEN_REUSE <<<"$answer" || fail "no cause of death: $answer"
  local kinds
  kinds=$(grep -o '"KIND_[A-Z]*' <<<"$answer" | tr -d '"' | tr '\n' ' ')
  [[ $kinds == 'KIND_OPENED KIND_ROTATED KIND_REPLAYED KIND_ROTATED KIND_REUSED '* ]] ||
    fail "another history: $kinds"
  "$signet" lineage show "$session_id" 2>&1 | sed 's/^/   /'
}

show_http() {
  local keys metrics line
  step "the public keys"
  printf '   $ curl %s\n' "$http/.well-known/jwks.json"
  keys=$(curl -fsS "$http/.well-known/jwks.json")
  [[ $keys == *'"kty":"EC"'* && $keys != *'"d":'* ]] || fail "no public key: $keys"
  result "${keys:0:90}…"

  step "a few metrics"
  printf '   $ curl %s\n' "$http/metrics"
  metrics=$(curl -fsS "$http/metrics")
  for line in 'grpc_server_handled_total{.*Refresh' signet_refreshes_total \
    signet_validations_total signet_revocation_sequence; do
    grep -q "^$line.* [1-9]" <<<"$metrics" || fail "no metric $line"
    grep "^$line.* [1-9]" <<<"$metrics" | head -n 2 | sed 's/^/   /'
  done
}

# Whoever sources this has two functions: `bootstrap EMAIL PASSWORD_FILE` makes the first
# administrator; `rewrite_an_event VERIFIER_KEY` changes a copy of the log and lets it be verified,
# which leaves the finding in $answer.
# run_demo SIGNET HTTP_URL PASSWORD_FILE MAIL_FOLDER
run_demo() {
  local fresh=0 # a second run meets an account that is there, and its link is used up
  signet=$1 http=$2 password_file=$3 mail_folder=$4
  [[ -s $password_file ]] || fresh=1
  make_password "$password_file"
  step "is it there?"
  call 0 status
  result "every service is SERVING"

  step "register (the answer is the same whether or not the address was free)"
  call 0 register "$demo_email" --password-fd 3 3<"$password_file"
  is accepted true
  result "accepted"

  if ((fresh)); then verify; fi
  open_lineage
  rotate
  steal
  show_lineage
  lockout
  second_factor
  audit_log
  show_http
}
