# What the scripts of both packages do. They never fail an installation for want of Wazuh or of a running systemd.
units="enrichd.socket enrichd.service"

systemd_runs() { [ -d /run/systemd/system ]; }
wazuh_is_here() { getent group wazuh >/dev/null; }

# The configuration may hold a proxy's password: the daemon's group reads it, others do not. What an administrator gave to
# another group stays.
give_configuration_to_group() {
    for path in /etc/enrichd /etc/enrichd/enrichd.yaml; do
        [ -e "$path" ] && [ "$(stat -c %G "$path")" = root ] && chgrp enrichd "$path"
    done
    return 0
}

# Without Wazuh the spool is the daemon's alone; the service gives it to the group at its first start with one.
make_directories() {
    if wazuh_is_here; then
        systemd-tmpfiles --create enrichd.conf
    else
        sed 's/ wazuh / enrichd /' /usr/lib/tmpfiles.d/enrichd.conf | systemd-tmpfiles --create -
    fi || true
}

say_what_is_missing() {
    echo "enrichd: no group wazuh here, so the service is not started; install Wazuh, then run:" \
        "enrichd wazuh install && systemctl enable --now $units"
}

# Where the shims were installed into a Wazuh they become those of this version.
refresh_shims() { enrichd wazuh install --refresh </dev/null >/dev/null 2>&1 || true; }

# Before the files go: Wazuh must not run what cannot work any more.
take_out_of_wazuh() { enrichd wazuh uninstall --write </dev/null >/dev/null 2>&1 || true; }
