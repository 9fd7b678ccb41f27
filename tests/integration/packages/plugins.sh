#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
# Run with the daemon's sandbox: makes a network namespace, adds it to a bridge by the CNI plugins, and takes all back.
set -ex
export CNI_CONTAINERID=test CNI_NETNS=/run/redoubt-plugins CNI_IFNAME=eth0 CNI_PATH=/usr/lib/cni
config='{"cniVersion":"1.0.0","name":"test","type":"bridge","bridge":"test0","isGateway":true,"ipMasq":true,
 "ipam":{"type":"host-local","ranges":[[{"subnet":"10.99.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}}'
# A folder of its own, as a strict file system has no other place; the namespace's name is a mount in it.
CNI_NETNS=/tmp/netns
: >$CNI_NETNS
unshare --net=$CNI_NETNS true
echo "$config" | CNI_COMMAND=ADD /usr/lib/cni/bridge
test "$(cat /proc/sys/net/ipv4/ip_forward)" = 1
nsenter --net=$CNI_NETNS ip address show eth0
echo "$config" | CNI_COMMAND=DEL /usr/lib/cni/bridge
umount $CNI_NETNS
! touch /usr/redoubt-was-here
! mount -o remount,rw /usr
! mknod /tmp/disk b 254 0
