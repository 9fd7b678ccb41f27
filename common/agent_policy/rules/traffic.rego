# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
#
# -- Programs in a running container

ExecProcessRequest if {
	field(input, "string_user", null) == null
	field(input, "stdin_port", 0) == 0
	field(input, "stdout_port", 0) == 0
	field(input, "stderr_port", 0) == 0
	slot := policy_data.containers[held[input.container_id].slot]
	process := field(input, "process", {})
	command_fits(slot, field(process, "Args", []))
	field(process, "Terminal", false) == false
	field(process, "Cwd", "") == slot.process.cwd
	field(process, "NoNewPrivileges", false) == slot.process.no_new_privileges
	field(process, "SelinuxLabel", "") == ""
	field(process, "ApparmorProfile", "") in policy_data.exec.apparmor_profiles
	user_fits(slot.process.user, field(process, "User", {}))
	exec_capabilities_fit(slot, field(process, "Capabilities", {}))
	environment_fits(slot, field(process, "Env", []))
}

command_fits(slot, arguments) if arguments in slot.exec_commands

command_fits(_, arguments) if arguments in policy_data.exec.commands

command_fits(_, arguments) if {
	some pattern in policy_data.exec.commands_like
	regex.match(pattern, concat(" ", arguments))
}

# None asked for, or the container's own.
exec_capabilities_fit(_, capabilities) if {
	every _, names in capabilities {
		names in [[], null]
	}
}

exec_capabilities_fit(slot, capabilities) if capabilities_fit(slot.process.capabilities, capabilities)

RemoveContainerRequest := {"allowed": true, "ops": ops} if {
	ops := [{"op": "remove", "path": concat("/", ["/containers", id])} |
		some id, _ in held
		id == field(input, "container_id", "")
	]
}

# -- Files the host puts into the guest: below the folder of a container's mounts, never into its root folder

CopyFileRequest if {
	found := regex.find_all_string_submatch_n(policy_data.copy_file.path_like, field(input, "path", ""), 1)
	below := split(trim_prefix(found[0][1], "/"), "/")
	not bad_step(found[0][1], below)
	copied_kind_fits(field(input, "file_type", ""), found[0][1])
}

bad_step(path, steps) if {
	path != ""
	some step in steps
	step in {"", ".", ".."}
}

copied_kind_fits(kind, _) if kind in {"Regular", "Directory"}

copied_kind_fits(kind, below) if {
	kind == "Symlink"
	below != ""
	target := field(input, "symlink_target", "")
	target != ""
	not startswith(target, "/")
	not ".." in split(target, "/")
}

# -- The network

UpdateInterfaceRequest if {
	interface := field(input, "interface", {})
	regex.match(policy_data.network.interface_like, field(interface, "name", ""))
	not field(interface, "hwAddr", "") in {"", "00:00:00:00:00:00"}
	bits.and(field(interface, "raw_flags", 0), bits.negate(policy_data.network.interface_flags)) == 0
	every address in field(interface, "IPAddresses", []) {
		address_outside_guest(field(address, "address", ""))
	}
}

UpdateRoutesRequest if {
	every route in field(input, ["routes", "Routes"], []) {
		regex.match(policy_data.network.interface_like, field(route, "device", ""))
		place_outside_guest(field(route, "source", ""))
		place_outside_guest(field(route, "gateway", ""))
		place_outside_guest(field(route, "dest", ""))
	}
}

AddARPNeighborsRequest if {
	every neighbor in field(input, ["neighbors", "ARPNeighbors"], []) {
		regex.match(policy_data.network.interface_like, field(neighbor, "device", ""))
		address_outside_guest(field(neighbor, ["toIPAddress", "address"], ""))
		field(neighbor, "state", 0) in policy_data.network.neighbor_states
		bits.and(field(neighbor, "flags", 0), bits.negate(policy_data.network.neighbor_flags)) == 0
	}
}

place_outside_guest(text) if text in {"", "default"}

place_outside_guest(text) if address_outside_guest(text)

# An address or a range of them, none of which is the guest's own.
address_outside_guest(text) if {
	net.cidr_contains("0.0.0.0/0", text)
	not overlaps(text, "127.0.0.0/8")
}

address_outside_guest(text) if {
	net.cidr_contains("::/0", text)
	not overlaps(text, "::1/128")
	not overlaps(text, "::ffff:127.0.0.0/104")
}

overlaps(text, range) if net.cidr_contains(range, text)
