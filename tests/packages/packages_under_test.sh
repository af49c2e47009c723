# shellcheck shell=bash disable=SC2034
# Sourced by the tests of packages: test NAME… SOURCE BUILD.
source_dir=${1:?usage: $0 SOURCE BUILD}
build_dir=${2:?usage: $0 SOURCE BUILD}
packages=$source_dir/build/packages
work=$source_dir/build/packages-test

say() { echo "${0##*/}: $*"; }
fail() { say "FAILED: $*" >&2; exit 1; }
# equal WHAT EXPECTED GOT
equal() { [[ $2 == "$3" ]] || fail "$1 is '$3' instead of '$2'"; }

need_root() { ((EUID == 0)) || fail "needs root: it installs packages into a root of its own"; }

# deb NAME: the package's file.
deb() {
  local found=("$packages/$1"_*.deb)
  [[ -e ${found[0]} ]] || fail "no package $1: deploy/debian/build makes it"
  echo "${found[0]}"
}

# A minimal Debian in $work/debian, kept from one run to the next: what is missing in a package's
# Depends is missing there, too.
clean_debian() {
  [[ -e $work/debian/.complete ]] && return
  say "making a Debian root (minutes, once)"
  rm -rf --one-file-system "$work/debian"
  mkdir -p "$work"
  mmdebstrap --quiet --variant=minbase --mode=root --include=ca-certificates,man-db bookworm "$work/debian"
  cp /etc/resolv.conf "$work/debian/etc/resolv.conf"
  chroot "$work/debian" apt-get -qq update
  touch "$work/debian/.complete"
}

# over_debian DIR: that root at DIR, writable, without a change to it.
over_debian() {
  mkdir -p "$1.layer" "$1"
  mount -t tmpfs tmpfs "$1.layer"
  mkdir "$1.layer/upper" "$1.layer/work"
  mount -t overlay overlay -o "lowerdir=$work/debian,upperdir=$1.layer/upper,workdir=$1.layer/work" "$1"
}
