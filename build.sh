#!/usr/bin/env bash
# Makes build.ps1 reachable on a machine without PowerShell: ./build.sh build|test|matrix|demo|benchmark|package|clean
# It brings midst, our own PowerShell host, and for test, matrix, demo and benchmark the PostgreSQL programs and other servers they
# need; everything else is in build.ps1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly shell_project=src/InMidst.Backup.Shell
readonly shell_directory=artifacts/shell
readonly postgres_programs=(initdb pg_ctl postgres pg_dump pg_restore pg_dumpall psql)
export DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

fail() {
    printf 'build.sh: %s\n' "$@" >&2
    exit 1
}

require_dotnet() {
    command -v dotnet >/dev/null || fail 'the .NET SDK 10 is needed and dotnet is not on PATH: https://dotnet.microsoft.com/download'
    # Asks for the SDK that global.json wants, and fails if it is not there.
    local version
    version=$(dotnet --version 2>/dev/null) || fail "the .NET SDK 10 is needed; installed: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ' -)"
    [[ $version == 10.* ]] || fail "the .NET SDK 10 is needed; this is $version"
}

# --- PostgreSQL ---------------------------------------------------------------------------------------------------------------

has_postgres_in() {
    local program
    for program in "${postgres_programs[@]}"; do
        [[ -x $1/$program ]] || return 1
    done
}

has_postgres() {
    local directory path_directories
    IFS=: read -ra path_directories <<<"$PATH"
    for directory in /usr/lib/postgresql/*/bin "${path_directories[@]}"; do
        if has_postgres_in "$directory"; then return 0; fi
    done
    return 1
}

ours=() # files and directories we made for the time of the installation, innermost first

remove_ours() {
    local path
    for path in "${ours[@]}"; do
        if [[ -d $path ]]; then rmdir --ignore-fail-on-non-empty "$path"; else rm -f "$path"; fi
    done
    ours=()
}

make_directory() {
    [[ -d $1 ]] && return
    make_directory "$(dirname "$1")"
    mkdir "$1"
    ours=("$1" "${ours[@]}")
}

# Nothing may be started by the installation, and no cluster made. Both by files that are gone afterwards; a policy-rc.d that
# is there already is the administrator's, and stays.
forbid_servers() {
    local policy=/usr/sbin/policy-rc.d settings=/etc/postgresql-common/createcluster.d
    if [[ ! -e $policy ]]; then
        ours=("$policy" "${ours[@]}")
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    make_directory "$settings"
    ours=("$settings/inmidst-build.conf" "${ours[@]}")
    printf 'create_main_cluster = false\n' >"$settings/inmidst-build.conf"
}

# Silent unless it fails.
apt_get() {
    local output
    output=$(DEBIAN_FRONTEND=noninteractive apt-get --yes --quiet --no-install-recommends \
        -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" 2>&1) && return
    printf '%s\n' "$output" >&2
    fail "apt-get $* failed."
}

# Runs an installation that starts nothing.
without_servers() {
    trap remove_ours EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    forbid_servers
    # Fresh images come without package lists, and old lists name packages that are gone. A foreign source that does not answer
    # is no reason to stop: the installation will tell.
    apt-get update --quiet --quiet >/dev/null 2>&1 || true
    "$@"
    remove_ours
    trap - EXIT HUP INT TERM
}

# The settings are read through createcluster.conf, which an administrator may have changed: asked before the server comes.
install_postgres() {
    apt_get install postgresql-common
    [[ $(pg_conftool /etc/postgresql-common/createcluster.conf show -bs create_main_cluster) == off ]] ||
        fail 'PostgreSQL was not installed: /etc/postgresql-common/createcluster.conf would make a cluster.' \
            'Set create_main_cluster = false there, or install postgresql yourself.'
    apt_get install postgresql
}

require_postgres() {
    has_postgres && return
    local line='apt-get install --no-install-recommends postgresql'
    if ! command -v apt-get >/dev/null; then
        fail "the PostgreSQL server and client are needed (${postgres_programs[*]}), in /usr/lib/postgresql/*/bin or on PATH."
    elif ((EUID != 0)); then
        fail "the PostgreSQL server and client are needed; as root: $line"
    fi
    echo "build.sh: installing the PostgreSQL server and client ($line); no cluster is made and no service started." >&2
    without_servers install_postgres
    has_postgres || fail 'the PostgreSQL programs are still missing after the installation.'
}

require_pgbouncer() {
    [[ -x /usr/sbin/pgbouncer ]] || command -v pgbouncer >/dev/null && return
    local line='apt-get install --no-install-recommends pgbouncer'
    command -v apt-get >/dev/null || fail 'PgBouncer is needed for the tests, in /usr/sbin or on PATH.'
    ((EUID == 0)) || fail "PgBouncer is needed for the tests; as root: $line"
    echo "build.sh: installing PgBouncer for the tests ($line); no service is started." >&2
    without_servers apt_get install pgbouncer
}

has_ceph() {
    local program
    for program in ceph ceph-mon ceph-osd monmaptool radosgw radosgw-admin; do
        command -v "$program" >/dev/null || return 1
    done
}

# The S3 server of the tests and the benchmark; they start and stop it themselves, below /tmp.
require_ceph() {
    has_ceph && return
    local packages=(ceph-mon ceph-osd radosgw)
    local line="apt-get install --no-install-recommends ${packages[*]}"
    command -v apt-get >/dev/null || fail 'a Ceph RADOS Gateway is needed as S3 server: ceph, ceph-mon, ceph-osd, radosgw and radosgw-admin on PATH.'
    ((EUID == 0)) || fail "a Ceph RADOS Gateway is needed as S3 server; as root: $line"
    echo "build.sh: installing a Ceph RADOS Gateway as S3 server ($line); no service is started." >&2
    without_servers apt_get install "${packages[@]}"
    has_ceph || fail 'the programs of Ceph are still missing after the installation.'
}

# The other side of our encryption.
require_age() {
    command -v age >/dev/null && command -v age-keygen >/dev/null && return
    local line='apt-get install --no-install-recommends age'
    command -v apt-get >/dev/null || fail 'age and age-keygen are needed for the tests, on PATH: https://age-encryption.org'
    ((EUID == 0)) || fail "age is needed for the tests; as root: $line"
    echo "build.sh: installing age for the tests ($line)." >&2
    without_servers apt_get install age
}

# A peer of the benchmark; without it the others are measured all the same, and the table says that it failed.
require_zstd() {
    command -v zstd >/dev/null && return
    local line='apt-get install --no-install-recommends zstd'
    if ! command -v apt-get >/dev/null || ((EUID != 0)); then
        echo "build.sh: zstd is missing, so one peer will fail; as root, where there is apt: $line" >&2
        return
    fi
    echo "build.sh: installing zstd for the benchmark ($line)." >&2
    without_servers apt_get install zstd
}

# --- PowerShell ---------------------------------------------------------------------------------------------------------------

has_pwsh() {
    # shellcheck disable=SC2016 # PowerShell's variables
    command -v pwsh >/dev/null &&
        pwsh -NoProfile -NonInteractive -Command 'exit [int]($PSVersionTable.PSVersion -lt [version] "7.6")' >/dev/null 2>&1
}

# Published once, and again when its sources have changed. The stamp comes last: an interrupted publish does not count.
publish_shell() {
    local stamp=$shell_directory/.published
    if [[ -f $stamp && -z $(find "$shell_project" Directory.Packages.props Directory.Build.props -newer "$stamp" -print -quit) ]]; then
        return
    fi
    rm -rf "$shell_directory"
    dotnet msbuild "$shell_project" -restore -target:Publish -property:Configuration=Release \
        -property:PublishDir="$PWD/$shell_directory/" -verbosity:quiet -nologo
    touch "$stamp"
}

main() {
    local task=${1:-build}
    shift || true
    case $(tr '[:upper:]' '[:lower:]' <<<"$task") in
        clean | build | package) require_dotnet ;;
        demo) require_dotnet && require_postgres ;;
        benchmark) require_dotnet && require_postgres && require_ceph && require_zstd ;;
        test | matrix) require_dotnet && require_postgres && require_pgbouncer && require_ceph && require_age ;;
        *) fail "'$task' is not a task: build, test, matrix, demo, benchmark, package or clean." ;;
    esac
    if has_pwsh; then exec pwsh -NoProfile -NonInteractive -File build.ps1 "$task" "$@"; fi
    publish_shell
    exec "$shell_directory/midst" -NoModule -File build.ps1 "$task" "$@"
}

main "$@"
