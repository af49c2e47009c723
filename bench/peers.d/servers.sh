# shellcheck shell=bash
# The servers' part of bench/peers, which sources it. Each server has the first core to itself, its database
# included, and runs alone; wrk, and bench_load for gRPC, have the last core.

free_port() {
  "$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

answers() { # URL: waits until somebody does
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    ! curl -s -o "$out/answer" "$1" || return 0
    sleep 0.05
  done
  return 1
}

# --- The limits.

start_nginx() {
  local port
  port=$(free_port)
  cat >"$out/nginx.conf" <<END
daemon off;
master_process off;
pid $out/nginx.pid;
error_log $out/nginx.log;
events { worker_connections 256; }
http {
  access_log off;
  keepalive_requests 1000000000;
  client_body_temp_path $out/nginx; proxy_temp_path $out/nginx; fastcgi_temp_path $out/nginx;
  uwsgi_temp_path $out/nginx; scgi_temp_path $out/nginx;
  server { listen 127.0.0.1:$port; location / { return 200; } }
}
END
  mkdir -p "$out/nginx"
  "${on_peer[@]}" nginx -c "$out/nginx.conf" 2>>"$out/nginx.log" &
  nginx_pid=$!
  started+=("$nginx_pid")
  nginx="\"peer\":\"nginx\",\"version\":\"$(nginx -v 2>&1 | sed 's,.*/,,')\""
  nginx+=',"case":"an empty answer over HTTP"'
  empty=http://127.0.0.1:$port/
  answers "$empty" || fail "nginx does not start: $(last_line "$out/nginx.log")"
}

# Runs a command that prints JSON, and adds how busy the servers' core was meanwhile: well below 1 means that
# the figure is of what asked.
busy() { # COMMAND…
  local line before after
  before=$(core_times)
  line=$("$@") && [[ $line == '{'* ]] || return 1
  after=$(core_times)
  awk -v line="${line%\}}" '{total = $3 - $1; idle = $4 - $2}
    END {printf "%s,\"busy\":%.2f}\n", line, (total > 0 ? 1 - idle / total : 0)}' <<<"$before $after"
}
core_times() { # all of them and the idle ones, in ticks
  awk -v core="cpu${cores[0]}" '$1 == core {for (i = 2; i <= 9; i++) all += $i; print all, $5 + $6}' /proc/stat
}

wrk_once() { # DIRECTORY URL SECONDS: prints the line of load.lua
  PEER_DIRECTORY=$1 "${on_client[@]}" wrk -t 1 -c 32 -d "$3s" -s "$here/servers/load.lua" "$2" | tail -n 1
}

# --- Rows over HTTP.

# Whether every answer under load was one to a live token: they all have one size, and one that says no is
# much smaller.
right_under_load() { # JSON SIZE
  awk -v size="$2" '{
    gsub(/[{}"]/, ""); n = split($0, parts, ",")
    for (i = 1; i <= n; i++) { split(parts[i], pair, ":"); value[pair[1]] = pair[2] }
    if (value["errors"] > 0) { print value["errors"] " errors under load"; exit 1 }
    if (value["requests"] == 0) { print "no answer under load"; exit 1 }
    mean = value["bytes"] / value["requests"]
    if (mean < size * 0.99 || mean > size * 1.01) {
      printf "answers of %d bytes under load, of %d before\n", mean, size; exit 1
    }
  }' <<<"$1"
}

# Asks, measures beside nginx with the same requests, and asks again.
introspection() { # PEER VERSION CASE DIRECTORY
  local peer=$1 version=$2 what=$3 directory=$4 url size line said run head
  head="\"peer\":\"$peer\",\"version\":\"$version\",\"case\":\"$what\""
  url=$(cat "$directory/url")
  if ! size=$("$python" "$here/servers/ask.py" "$directory" 2>"$out/ask.log"); then
    row server "{$head,\"wrong\":\"$(last_line "$out/ask.log" | tr -d '"\\')\"}"
    return
  fi
  wrk_once "$directory" "$url" 1 >/dev/null
  for ((run = 0; run < runs; run++)); do
    line=$(busy wrk_once "$directory" "$empty" "$length") || fail "wrk failed"
    row limit "{$nginx,${line#\{}"
    line=$(busy wrk_once "$directory" "$url" "$length") || fail "wrk failed"
    if ! said=$(right_under_load "$line" "$size"); then
      row server "{$head,\"wrong\":\"$said\"}"
      return
    fi
    row server "{$head,${line#\{}"
  done
  "$python" "$here/servers/ask.py" "$directory" >/dev/null 2>"$out/ask.log" ||
    row server "{$head,\"wrong\":\"$(last_line "$out/ask.log" | tr -d '"\\')\"}"
}

# --- Signet.

start_signetd() {
  local tries
  SIGNET_LISTEN_GRPC=127.0.0.1:0 SIGNET_LISTEN_HTTP=127.0.0.1:0 SIGNET_LOG_CALLS=errors \
    SIGNET_RATES_LOGIN=off SIGNET_RATES_REGISTER=off SIGNET_RATES_REFRESH=off SIGNET_RATES_API_KEY=off \
    SIGNET_HASHING_PRIORITY=idle SIGNET_TOKENS_ACCESS_TTL=1h \
    "${on_peer[@]}" "$build_dir/bin/signetd" --dev --state-dir "$out/state" >>"$out/signetd.log" 2>&1 &
  signetd_pid=$!
  started+=("$signetd_pid")
  for ((tries = 0; tries < 600; tries++)); do
    [[ ! -s $out/state/address.json ]] || break
    kill -0 "$signetd_pid" 2>/dev/null || fail "signetd does not start: $(last_line "$out/signetd.log")"
    sleep 0.1
  done
  field() { sed -n "s/.*\"$1\" *: *\"\([^\"]*\)\".*/\1/p" "$out/state/address.json"; }
  grpc=$(field grpc) http=$(field http)
}

# An administrator, a service account and its API key.
prepare_signet() {
  local signet=$build_dir/bin/signet id
  export SIGNET_ADDRESS=$grpc XDG_STATE_HOME=$out/client XDG_RUNTIME_DIR=$out/client-runtime
  install -d -m 0700 "$XDG_STATE_HOME" "$XDG_RUNTIME_DIR"
  printf %s vellum-oxbow-quarry-41 >"$out/password"
  "$build_dir/bin/signetd" bootstrap --dev --state-dir "$out/state" --email root@admin.example \
    --password-fd 3 3<"$out/password" &&
    "$signet" login root@admin.example --password-fd 3 3<"$out/password" &&
    id=$("$signet" service-account create --field service_account_id reader) &&
    "$signet" api-key create --field secret "$id" --name peers --scope bench >"$out/api_key" &&
    "$bin/bench_load" --target "$grpc" --dir "$out/grpc" --people 3 prepare --sessions 6 --tokens "$tokens" &&
    API_KEY=$(cat "$out/api_key") "$python" "$here/servers/signet.py" "$out/signet" "http://$http" \
      "$out/grpc/access_tokens"
}

grpc_once() { # NAME ADDRESS PID: prints JSON of what bench_load measured
  "${on_client[@]}" "$bin/bench_load" --target "$2" --dir "$out/grpc" --people 3 run --name "$1" \
    --case unary --server-pid "$3" --connections 4 --in-flight 64 --seconds "$length" --warm-up 0.5 \
    2>>"$out/load.log" |
    sed -E 's/^name=[^ ]* //; s/([a-z0-9_]+)=([^ ]+) ?/"\1":\2,/g; s/(.*),$/{\1}/'
}

# Validate, one call per token, beside a gRPC server that gives recorded answers back. bench_load looks at
# every answer.
validation() {
  local run line limit_pid tries version=$1
  "${on_peer[@]}" "$bin/bench_limit_server" --dir "$out/grpc" >"$out/limit_port" 2>>"$out/load.log" &
  limit_pid=$!
  started+=("$limit_pid")
  for ((tries = 0; tries < 100; tries++)); do
    [[ ! -s $out/limit_port ]] || break
    sleep 0.05
  done
  local head="\"peer\":\"signet\",\"version\":\"$version\",\"case\":\"Validate over gRPC\""
  for ((run = 0; run < runs; run++)); do
    line=$(busy grpc_once empty "127.0.0.1:$(cat "$out/limit_port")" "$limit_pid") ||
      fail "the gRPC limit failed"
    row limit "{\"peer\":\"gRPC\",\"version\":\"\",\"case\":\"a recorded answer over gRPC\",${line#\{}"
    if line=$(busy grpc_once unary "$grpc" "$signetd_pid"); then
      row server "{$head,${line#\{}"
    else
      row server "{$head,\"wrong\":\"$(last_line "$out/load.log" | tr -d '"\\')\"}"
      break
    fi
  done
  stop "$limit_pid"
}

measure_signet() {
  local version
  version=$("$build_dir/bin/signet" --version | awk "{print \$NF}")
  start_signetd
  prepare_signet >"$out/prepare.log" 2>&1 || fail "Signet: $(last_line "$out/prepare.log")"
  validation "$version"
  introspection signet "$version" "introspection, client by token" "$out/signet/bearer"
  introspection signet "$version" "introspection, client by secret" "$out/signet/basic"
  stop "$signetd_pid"
}

# --- The others.

# Its package sets a database up for the whole machine when it is installed; unpacked, it runs from its files.
fetch_glewlwyd() {
  local to=$fetched/glewlwyd
  [[ ! -x $to/usr/bin/glewlwyd ]] || return 0
  mkdir -p "$to"
  (cd "$to" && apt-get download glewlwyd && dpkg -x glewlwyd_*.deb .)
}

start_glewlwyd() {
  local port library=$fetched/glewlwyd/usr/lib/glewlwyd
  port=$(free_port)
  glewlwyd=http://127.0.0.1:$port
  cat >"$out/glewlwyd.conf" <<END
port=$port
bind_address="127.0.0.1"
external_url="$glewlwyd"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="ERROR"
cookie_secure=0
session_key="GLEWLWYD2_SESSION_ID"
admin_session_authentication="cookie"
profile_session_authentication="cookie"
admin_scope="g_admin"
profile_scope="g_profile"
user_module_path="$library/user"
client_module_path="$library/client"
user_auth_scheme_module_path="$library/scheme"
plugin_module_path="$library/plugin"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "$out/glewlwyd.db" };
END
  rm -f "$out/glewlwyd.db"
  gunzip -c "$fetched"/glewlwyd/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz |
    sqlite3 "$out/glewlwyd.db" || return 1
  "${on_peer[@]}" "$fetched/glewlwyd/usr/bin/glewlwyd" --config-file="$out/glewlwyd.conf" \
    >>"$out/glewlwyd.log" 2>&1 &
  glewlwyd_pid=$!
  started+=("$glewlwyd_pid")
  answers "$glewlwyd/config"
}

measure_glewlwyd() {
  local version name=glewlwyd log=$out/glewlwyd.log
  fetch_glewlwyd >"$log" 2>&1 || { untried "$name" "not fetched: $(last_line "$log")"; return; }
  version=$(dpkg-deb -f "$fetched"/glewlwyd/glewlwyd_*.deb Version)
  start_glewlwyd || { untried "$name" "$(last_line "$log")"; return; }
  if "$python" "$here/servers/glewlwyd.py" "$out/glewlwyd" "$glewlwyd" "$tokens" "$out/samples/es256" \
    >>"$log" 2>&1; then
    introspection "$name" "$version" "introspection, client by token" "$out/glewlwyd/bearer"
    introspection "$name" "$version" "introspection, client by secret" "$out/glewlwyd/basic"
  else
    untried "$name" "$(last_line "$log")"
  fi
  stop "$glewlwyd_pid"
}

measure_oidc_provider() {
  local port pid version name=oidc-provider log=$out/oidc_provider.log
  fetch_node || { untried "$name" "npm: $(last_line "$out/npm.log")"; return; }
  version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$fetched/node/node_modules/oidc-provider/package.json")
  version+=", node $(node --version | tr -d v)"
  port=$(free_port)
  NODE_ENV=production "${on_peer[@]}" node "$fetched/node/oidc_provider.mjs" "$port" >"$log" 2>&1 &
  pid=$!
  started+=("$pid")
  if answers "http://127.0.0.1:$port/.well-known/openid-configuration" &&
    "$python" "$here/servers/oidc_provider.py" "$out/oidc_provider" "http://127.0.0.1:$port" "$tokens" \
      >>"$log" 2>&1; then
    introspection "$name" "$version" "introspection, client by secret" "$out/oidc_provider/basic"
  else
    untried "$name" "$(last_line "$log")"
  fi
  stop "$pid"
}

measure_servers() {
  say "servers on core ${cores[0]}, what asks them on core ${cores[-1]}"
  CLIENT_SECRET=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  FOREIGN_TOKEN=$(head -n 1 "$out/samples/es256/tokens")
  export CLIENT_SECRET FOREIGN_TOKEN
  start_nginx
  measure_signet
  measure_glewlwyd
  measure_oidc_provider
  stop "$nginx_pid"
}
