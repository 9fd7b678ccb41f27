#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Run as root in a booted Debian by test_packages.py: the life of the packages. Prints "ok NAME" or "not ok NAME", and why.
cd "$(dirname "$0")" || exit 1
export PAGER=cat SYSTEMD_PAGER=cat SYSTEMD_COLORS=0

check() { # name command...: the command's exit code decides
    name=$1; shift
    if said=$("$@" 2>&1); then
        echo "ok $name"
    else
        echo "not ok $name"
        echo "$said" | tail -20 | sed 's/^/    /'
        return 1
    fi
}
note() { echo "# $*"; }
property() { systemctl show --property "$1" --value "${2:-redoubtd.service}"; }
is() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
eventually() { # command...: within a minute
    for _ in $(seq 120); do "$@" >/dev/null 2>&1 && return; sleep 0.5; done
    "$@"
}
answers() { redoubtctl node info; }
alive() { kill -0 "$1"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
has_journal() { journalctl -q -u redoubtd "$@" | grep .; }
group=/sys/fs/cgroup/system.slice/redoubtd.service

# ---- install
check install dpkg -i 1/redoubt-guest.deb 1/redoubt-cli.deb 1/redoubt-node.deb || exit # nothing else would hold
check service_is_active systemctl is-active redoubtd.service
check socket_is_active systemctl is-active redoubtd.socket
check service_is_enabled systemctl is-enabled redoubtd.service redoubtd.socket redoubt-launcher.socket
check launcher_is_active systemctl is-active redoubt-launcher.socket redoubt-launcher.service
check answers answers
check status_is_told eventually sh -c 'systemctl show --property StatusText --value redoubtd | grep "0 of 0 containers running"'
check socket_belongs_to_group is "$(stat -c '%a %U:%G' /run/redoubt/redoubtd.sock)" "660 root:redoubt"
check vm_user_exists is "$(id -gn redoubt-vm)" kvm
check state_is_private is "$(stat -c %a /var/lib/redoubt)" 700
check member_of_group_may_ask setpriv --reuid nobody --regid redoubt --clear-groups redoubtctl node info
check others_may_not sh -c '! setpriv --reuid nobody --regid nogroup --clear-groups redoubtctl node info'
check journal_has_message_ids has_journal MESSAGE_ID="$(sed -n 's/^-- \([0-9a-f]*\)$/\1/p' /usr/lib/systemd/catalog/redoubt.catalog | head -1)"
check catalog_explains sh -c 'journalctl -q -x -u redoubtd | grep -F "Subject: Redoubt node daemon is ready"'
check manual_is_there test -s /usr/share/man/man8/redoubtd.8.gz
check security_of_the_daemon systemd-analyze security --threshold=20 redoubtd.service
check security_of_what_is_root systemd-analyze security --threshold=30 redoubt-launcher.service
check daemon_is_not_root is "$(ps -o user= -p "$(property MainPID)")" redoubt
check daemon_has_no_capabilities sh -c '! grep -E "^Cap(Eff|Prm|Bnd|Amb):.*[1-9a-f]" "/proc/$0/status"' "$(property MainPID)"
check launcher_is_root is "$(ps -o user= -p "$(property MainPID redoubt-launcher.service)")" root
check launcher_socket_is_the_daemons_alone is "$(stat -c '%a %U' /run/redoubt-launcher/launcher.sock)" "600 redoubt"
check launcher_hears_no_others sh -c '! setpriv --reuid nobody --regid redoubt --clear-groups test -w /run/redoubt-launcher/launcher.sock'
check node_says_who_starts_vms sh -c 'redoubtctl node info | grep "by redoubt-launcher"'
check state_belongs_to_the_daemon sh -c '! find /var/lib/redoubt ! -user redoubt | grep .'
check reload systemctl reload redoubtd.service
check reload_is_logged has_journal --grep 'configuration reloaded'
check node_check_runs sh -c 'redoubtctl node check --json'
note "exposure: $(systemd-analyze security redoubtd.service | tail -1) $(systemd-analyze security redoubt-launcher.service | tail -1)"
note "check: $(redoubtctl node check --json | tr -d '\n' | head -c 1500)"
check bus_name_is_owned eventually busctl status org.redoubt.Node1
check bus_is_introspectable busctl introspect org.redoubt.Node1 /org/redoubt/Node1
check bus_introspection_is_as_agreed sh -c 'busctl introspect --xml-interface org.redoubt.Node1 /org/redoubt/Node1 | diff -B manager.xml -'
check bus_properties busctl get-property org.redoubt.Node1 /org/redoubt/Node1 org.redoubt.Node1.Manager Version
check bus_refuses_strangers sh -c '! setpriv --reuid nobody --regid nogroup --clear-groups busctl call org.redoubt.Node1 /org/redoubt/Node1 org.redoubt.Node1.Manager Resume "a{sv}" 0'

# ---- out of use and back
check drain redoubtctl node drain
systemctl restart redoubtd.service
check drained_across_a_restart sh -c 'redoubtctl node info | grep Drained'
check drained_on_the_bus sh -c 'busctl get-property org.redoubt.Node1 /org/redoubt/Node1 org.redoubt.Node1.Manager Drained | grep true'
check resume redoubtctl node resume
check resumed sh -c '! redoubtctl node info | grep Drained'

# ---- the service's sandbox lets the network's plugins do their work
{ echo "[Service]"; echo "Type=oneshot"; echo "ExecStart=/bin/sh /srv/test/plugins.sh"; echo "StandardOutput=file:/run/plugins.log"; echo "StandardError=inherit"
  sed -n '/^\(Capability\|NoNew\|Protect\|Private\|ReadWritePaths\|BindPaths\|Restrict\|SystemCall\|Lock\|UMask\|Device\)/p' /usr/lib/systemd/system/redoubt-launcher.service; } >/run/systemd/system/plugins.service
systemctl daemon-reload
check network_plugins_work sh -c 'systemctl start plugins.service || { cat /run/plugins.log; false; }'

# ---- and lets a VM start, as its own user; here it is emulated in an emulator, too slow to wait for its guest
check image_import redoubtctl image import --quiet "$PWD/busybox" localhost/busybox
redoubtctl run --detach --network none --name slow localhost/busybox sleep 1000 >/dev/null 2>&1 &
check vm_runs_as_its_user eventually sh -c 'ps -C qemu-system-x86 -o user:32= | grep -x redoubt-vm'
check vm_has_no_capabilities sh -c '! grep -E "^Cap(Eff|Prm|Bnd|Amb):.*[1-9a-f]" "/proc/$(pgrep qemu-system)/status"'
check vm_is_in_its_scope sh -c 'grep -E "/redoubt.slice/redoubt-vm-[0-9a-f]+.scope$" "/proc/$(pgrep qemu-system)/cgroup"'
check vm_has_a_ceiling_of_memory sh -c 'systemctl show --property MemoryMax "redoubt-vm-*.scope" | grep -E "=[0-9]+$"'
check vm_sees_none_of_the_hosts_files sh -c '! test -e "/proc/$(pgrep qemu-system)/root/var"'
check vm_has_no_network sh -c '[ "$(readlink "/proc/$(pgrep qemu-system)/ns/net")" != "$(readlink /proc/self/ns/net)" ] ||
    { journalctl --no-pager --unit redoubt-launcher.service --grep "^VMs "; false; }'
check vm_is_removed redoubtctl rm --force slow
check its_scope_has_gone eventually sh -c '! systemctl list-units --no-legend "redoubt-vm-*.scope" | grep redoubt'
check no_vm_is_left sh -c '! pgrep qemu-system'

# ---- a process in the daemon's cgroup stands for a VM
sleep infinity &
vm=$!
echo $vm >$group/cgroup.procs
first=$(property MainPID)
check crash_is_survived sh -c "kill -KILL $first"
check daemon_comes_back eventually sh -c "[ \"\$(systemctl show --property MainPID --value redoubtd)\" -gt 1 ] && redoubtctl node info"
check vm_survives_a_crash alive $vm
second=$(property MainPID)
check other_process test "$first" != "$second"
mkdir -p /run/systemd/system/redoubtd.service.d
printf '[Service]\nWatchdogSec=5s\n' >/run/systemd/system/redoubtd.service.d/watchdog.conf
systemctl daemon-reload; systemctl restart redoubtd.service
check vm_survives_a_restart alive $vm
kill -STOP "$(property MainPID)"
check watchdog_ends_a_silent_daemon eventually sh -c 'journalctl -q -u redoubtd | grep "Watchdog timeout"'
check daemon_comes_back_again eventually answers
check vm_survives_the_watchdog alive $vm
rm -r /run/systemd/system/redoubtd.service.d; systemctl daemon-reload

# ---- a launcher that is killed, and state of a daemon that was root
launcher=$(property MainPID redoubt-launcher.service)
check launcher_is_killed sh -c "kill -KILL $launcher"
check launcher_comes_back eventually sh -c '[ "$(systemctl show --property MainPID --value redoubt-launcher)" -gt 1 ] && redoubtctl node info | grep QEMU'
check network_answers_by_it sh -c 'redoubtctl network ls | grep redoubt'
systemctl stop redoubtd.service; chown -R root:root /var/lib/redoubt; systemctl start redoubtd.service
check state_of_roots_is_taken_over sh -c 'redoubtctl image ls | grep busybox && ! find /var/lib/redoubt ! -user redoubt | grep .'
check vm_survives_that alive $vm

# ---- upgrade: settings and VMs stay
echo '# of the administrator' >>/etc/redoubt/redoubtd.toml
before=$(property MainPID)
check upgrade dpkg -i 2/redoubt-guest.deb 2/redoubt-cli.deb 2/redoubt-node.deb
check upgraded_daemon_runs systemctl is-active redoubtd.service
check it_is_another_process test "$before" != "$(property MainPID)"
check answers_after_upgrade answers
check vm_survives_an_upgrade alive $vm
check settings_are_kept grep -q 'of the administrator' /etc/redoubt/redoubtd.toml
systemctl disable redoubtd.service 2>/dev/null
check second_upgrade dpkg -i 2/redoubt-node.deb
check disabling_is_kept sh -c '! systemctl is-enabled redoubtd.service'

# ---- the key broker, which belongs on another machine and needs nothing of a node
kbs() { printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" | openssl s_client -quiet -verify_return_error -CAfile tls.crt -connect localhost:8080 2>/dev/null; }
kbs_is_well() { kbs /healthz | grep -x ok; }
check kbs_install dpkg -i 1/redoubt-kbs.deb
check kbs_starts_nothing_without_a_store sh -c 'systemctl start redoubt-kbs.service; ! systemctl is-active redoubt-kbs.service'
install -m 0600 passphrase /etc/redoubt-kbs/passphrase
install -m 0644 tls.crt /etc/redoubt-kbs/tls.crt
install -m 0640 -g redoubt-kbs tls.key /etc/redoubt-kbs/tls.key
check kbs_init env CREDENTIALS_DIRECTORY=/etc/redoubt-kbs redoubt-kbs init
check kbs_store_is_its_own is "$(stat -c '%a %U' /var/lib/redoubt-kbs/trust.db)" "600 redoubt-kbs"
check kbs_starts sh -c 'systemctl enable --now redoubt-kbs.service || { journalctl --no-pager --unit redoubt-kbs.service | tail -15; false; }'
check kbs_answers eventually kbs_is_well
kbs /.well-known/jwks.json >jwks
check kbs_publishes_its_key grep '"keys"' jwks
check kbs_runs_as_its_user is "$(ps -o user:32= -p "$(property MainPID redoubt-kbs.service)")" redoubt-kbs
check kbs_has_no_capabilities sh -c "! grep -E '^Cap(Eff|Prm|Bnd|Amb):.*[1-9a-f]' /proc/$(property MainPID redoubt-kbs.service)/status"
check kbs_security sh -c 'systemd-analyze security --threshold=20 redoubt-kbs.service'
note "exposure: $(systemd-analyze security redoubt-kbs.service | tail -1)"
check kbs_reload systemctl reload redoubt-kbs.service
check kbs_is_killed systemctl kill --signal=KILL redoubt-kbs.service
check kbs_answers_again eventually kbs_is_well
check kbs_audit_is_unbroken redoubt-kbs audit verify
check kbs_upgrade dpkg -i 2/redoubt-kbs.deb
check kbs_answers_after_upgrade eventually kbs_is_well
check kbs_stops systemctl stop redoubt-kbs.service
check kbs_purge dpkg -P redoubt-kbs
check kbs_takes_its_secrets_along sh -c '! ls -d /var/lib/redoubt-kbs 2>/dev/null'
check kbs_leaves_what_the_operator_made is "$(ls /etc/redoubt-kbs | tr '\n' ' ')" "passphrase tls.crt tls.key "

# ---- remove and purge
check remove dpkg -r redoubt-node
check service_is_gone sh -c '! systemctl is-active redoubtd.service redoubtd.socket redoubt-launcher.service redoubt-launcher.socket'
check vm_ends_with_the_package eventually gone $vm
check state_is_kept test -e /var/lib/redoubt/state.db
check settings_are_still_kept test -e /etc/redoubt/redoubtd.toml
check purge dpkg -P redoubt-node redoubt-guest redoubt-cli
check nothing_is_left sh -c '! ls -d /var/lib/redoubt /run/redoubt /var/lib/redoubt-launcher /run/redoubt-launcher /etc/redoubt /etc/systemd/system/multi-user.target.wants/redoubtd.service 2>/dev/null'
check nothing_failed sh -c '! systemctl --failed --plain --no-legend | grep redoubt'
echo "end"
