# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
#
# -- Containers: a request has to fit one of the policy's slots, in a sandbox that is the same for all

CreateContainerRequest := {"allowed": true, "ops": ops} if {
	asks_for_nothing_unknown
	sandbox_named_as_in_policy
	sandbox_same_as_before
	fitting := {index |
		some index, slot in policy_data.containers
		slot_open(index)
		slot_fits(slot)
	}
	count(fitting) > 0
	ops := array.concat(sandbox_ops, container_ops(min(fitting)))
}

asks_for_nothing_unknown if {
	field(input, "shared_mounts", []) == []
	field(input, "string_user", null) == null
	field(input, "stdin_port", 0) == 0
	field(input, "stdout_port", 0) == 0
	field(input, "stderr_port", 0) == 0
	every _, hooks in field(oci, "Hooks", {}) {
		hooks in [[], null]
	}
	field(oci, "Solaris", null) == null
	field(oci, "Windows", null) == null
	field(oci, "Version", "") in policy_data.oci_versions
	linux_asks_for_nothing_unknown(field(oci, "Linux", {}))
}

linux_asks_for_nothing_unknown(linux) if {
	field(linux, "Seccomp", null) == null
	field(linux, "IntelRdt", null) == null
	field(linux, "UIDMappings", []) == []
	field(linux, "GIDMappings", []) == []
	field(linux, "MountLabel", "") == ""
	field(linux, "RootfsPropagation", "") == ""
	field(linux, ["Resources", "Devices"], []) in policy_data.device_rules
}

sandbox := {
	"name": annotation("io.kubernetes.cri.sandbox-name"),
	"namespace": annotation("io.kubernetes.cri.sandbox-namespace"),
	"network": network_namespaces,
}

network_namespaces := sort([field(namespace, "Path", "") |
	some namespace in field(oci, ["Linux", "Namespaces"], [])
	namespace.Type == "network"
])

sandbox_named_as_in_policy if {
	regex.match(dns_name, sandbox.name)
	regex.match(policy_data.sandbox.name_like, sandbox.name)
	regex.match(dns_name, sandbox.namespace)
	regex.match(policy_data.sandbox.namespace_like, sandbox.namespace)
	count(network_namespaces) < 2
	every path in network_namespaces {
		regex.match(policy_data.sandbox.network_namespace_like, path)
	}
}

sandbox_same_as_before if field(data.pstate, "sandbox", sandbox) == sandbox

sandbox_ops := [] if field(data.pstate, "sandbox", null) != null

sandbox_ops := [{"op": "add", "path": "/sandbox", "value": sandbox}] if field(data.pstate, "sandbox", null) == null

# A slot is one container's until that is removed. Without an id there is no container to keep a slot for: the
# agent makes none.
container_id := field(input, "container_id", "")

held := field(data.pstate, "containers", {})

slot_open(_) if container_id == ""

slot_open(index) if {
	regex.match(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`, container_id)
	not container_id in object.keys(held)
	every _, taken in held {
		taken.slot != index
	}
}

slot_open(index) if held[container_id].slot == index

# No container gets the root folder of another.
bundle_free(_) if container_id == ""

bundle_free(bundle) if {
	every id, taken in held {
		bundle_apart(id, taken.bundle, bundle)
	}
}

bundle_apart(id, taken, bundle) if {
	id == container_id
	taken == bundle
}

bundle_apart(id, taken, bundle) if {
	id != container_id
	taken != bundle
}

holder(index) := {"slot": index, "bundle": bundle_of(policy_data.containers[index])}

container_ops(_) := [] if container_id == ""

container_ops(_) := [] if {
	container_id != ""
	container_id in object.keys(held)
}

container_ops(index) := [{"op": "add", "path": concat("/", ["/containers", container_id]), "value": holder(index)}] if {
	container_id != ""
	not container_id in object.keys(held)
	"containers" in object.keys(data.pstate)
}

container_ops(index) := [{"op": "add", "path": "/containers", "value": {container_id: holder(index)}}] if {
	container_id != ""
	not "containers" in object.keys(data.pstate)
}

slot_fits(slot) if {
	kind_fits(slot)
	annotations_fit(slot)
	pid_namespace_fits(slot)
	image_named(slot, annotation("io.kubernetes.cri.image-name"))
	bundle := bundle_of(slot)
	bundle_free(bundle)
	field(oci, ["Root", "Readonly"], false) == slot.root.readonly
	process_fits(slot, field(oci, "Process", {}))
	linux_fits(slot, field(oci, "Linux", {}))
	storages_fit(slot)
	mounts_fit(slot, bundle)
	devices_fit(slot)
}

# The name of the bundle, from where the root folder is.
bundle_of(slot) := name if {
	found := regex.find_all_string_submatch_n(slot.root.path_like, field(oci, ["Root", "Path"], ""), 1)
	name := found[0][1]
	regex.match(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`, name)
}

kind_fits(slot) if {
	annotation("io.kubernetes.cri.container-type") == slot.kind
	annotation("io.katacontainers.pkg.oci.container_type") in {"", concat("_", ["pod", slot.kind])}
	annotation("io.kubernetes.cri.container-name") in {"", slot.name}
}

annotations_fit(slot) if {
	every key, value in annotations {
		annotation_fits(slot, key, value)
	}
}

# What containerd says of a container is only said, and decides nothing in the guest.
annotation_fits(_, key, _) if startswith(key, "io.kubernetes.cri.")

annotation_fits(slot, key, value) if slot.annotations[key] == value

annotation_fits(_, key, value) if {
	some known in policy_data.annotations_like
	regex.match(known.key, key)
	regex.match(known.value, value)
}

annotation_fits(slot, key, value) if {
	slot.gpus > 0
	regex.match(policy_data.gpu.annotation_key_like, key)
	regex.match(policy_data.gpu.annotation_value_like, value)
}

pid_namespace_fits(slot) if field(input, "sandbox_pidns", false) == slot.sandbox_pidns

# The sandbox container makes the namespace the others share.
pid_namespace_fits(slot) if {
	slot.kind == "sandbox"
	slot.sandbox_pidns
}

image_named(_, name) if name == ""

image_named(slot, name) if name in slot.image.names

# -- Its process

process_fits(slot, process) if {
	known := slot.process
	arguments_fit(known, field(process, "Args", []))
	field(process, "Cwd", "") == known.cwd
	field(process, "Terminal", false) == known.terminal
	field(process, "NoNewPrivileges", false) == known.no_new_privileges
	field(process, "SelinuxLabel", "") == ""
	user_fits(known.user, field(process, "User", {}))
	capabilities_fit(known.capabilities, field(process, "Capabilities", {}))
	environment_fits(slot, field(process, "Env", []))
}

arguments_fit(known, arguments) if arguments == known.args

arguments_fit(known, arguments) if {
	count(arguments) == count(known.args_like)
	every i, argument in arguments {
		regex.match(filled(known.args_like[i]), argument)
	}
}

user_fits(known, user) if {
	field(user, "UID", 0) == known.uid
	field(user, "GID", 0) == known.gid
	all_of(field(user, "AdditionalGids", [])) == all_of(known.additional_gids)
	field(user, "Username", "") == known.username
}

capabilities_fit(known, capabilities) if {
	every name in ["Ambient", "Bounding", "Effective", "Inheritable", "Permitted"] {
		all_of(field(capabilities, name, [])) == all_of(known[name])
	}
}

environment_fits(slot, variables) if {
	every variable in variables {
		variable_fits(slot, variable)
	}
}

variable_fits(slot, variable) if variable in slot.process.env

variable_fits(slot, variable) if {
	some pattern in slot.process.env_like
	regex.match(filled(pattern), variable)
}

# What Kubernetes adds by itself, unless the pod says itself what the variable is.
variable_fits(slot, variable) if {
	not split(variable, "=")[0] in slot.process.env_names
	some pattern in policy_data.env_like
	regex.match(pattern, variable)
}

# -- Its view of the kernel

linux_fits(slot, linux) if {
	all_of(slot.masked_paths) - all_of(field(linux, "MaskedPaths", [])) == set()
	all_of(slot.readonly_paths) - all_of(field(linux, "ReadonlyPaths", [])) == set()
	every name, value in field(linux, "Sysctl", {}) {
		slot.sysctls[name] == value
	}
	namespaces_fit(field(linux, "Namespaces", []))
	every device in field(linux, "Devices", []) {
		linux_device_fits(slot, device)
	}
}

# The network's is the sandbox's matter.
namespaces_fit(namespaces) if {
	own := [namespace | some namespace in namespaces; namespace.Type != "network"]
	sort([namespace.Type | some namespace in own]) in policy_data.namespaces
	every namespace in own {
		field(namespace, "Path", "") == ""
	}
}

linux_device_fits(slot, device) if {
	some known in slot.linux_devices
	field(device, "Path", "") == known
}

linux_device_fits(slot, device) if {
	slot.gpus > 0
	regex.match(policy_data.gpu.path_like, field(device, "Path", ""))
}

# What all devices of this kind are opened through.
linux_device_fits(slot, device) if {
	slot.gpus > 0
	field(device, "Path", "") == "/dev/vfio/vfio"
}
