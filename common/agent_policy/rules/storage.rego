# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
#
# -- Its disks and mounts

storages_fit(slot) if {
	every storage in storages {
		storage_kind(slot, storage) != ""
	}
	count({storage.mount_point | some storage in storages}) == count(storages)
	every kind, known in slot.storages {
		count([1 | some storage in storages; storage_kind(slot, storage) == kind]) <= known.most
	}
	layers_fit(slot)
}

# Which of the slot's storages it is.
storage_kind(slot, storage) := kind if {
	some kind, known in slot.storages
	storage_fits(slot, known, storage)
}

storage_fits(_, known, storage) if {
	known.place == "named"
	same_storage(known, storage)
	regex.match(known.source_like, field(storage, "source", ""))
	field(storage, "mount_point", "") == known.mount_point
}

storage_fits(_, known, storage) if {
	known.place == "by source"
	same_storage(known, storage)
	regex.match(known.source_like, field(storage, "source", ""))
	field(storage, "mount_point", "") == concat("", [known.mount_point, base64url.encode(storage.source)])
}

# An image that the guest pulls: the container's own, as its root folder.
storage_fits(slot, known, storage) if {
	known.place == "root"
	field(storage, "driver", "") == "image_guest_pull"
	field(storage, "fstype", "") == "overlay"
	field(storage, "options", []) == []
	field(storage, "fs_group", null) == null
	field(storage, "mount_point", "") == oci.Root.Path
	field(storage, "source", "") in slot.image.sources
	options := field(storage, "driver_options", [])
	count(options) < 2
	every option in options {
		pull_option_fits(slot, option)
	}
}

# The guest pulls no image for a sandbox: what is asked for must not be called one.
pull_option_fits(slot, option) if {
	startswith(option, "image_guest_pull=")
	asked := json.unmarshal(trim_prefix(option, "image_guest_pull="))
	field(asked, ["metadata", "io.kubernetes.cri.container-type"], slot.kind) == slot.kind
}

storage_fits(_, known, storage) if layer_fits(known, storage)

layer_fits(known, storage) if {
	known.place == "layer"
	field(storage, "driver", "") in policy_data.block.drivers
	regex.match(policy_data.block.source_like, field(storage, "source", ""))
	field(storage, "fstype", "") == "erofs"
	"ro" in field(storage, "options", [])
	all_of(field(storage, "options", [])) - {"ro", "nosuid", "nodev"} == set()
	all_of(field(storage, "driver_options", [])) == {
		concat("=", ["verity_root_hash", known.root_hash]),
		concat("=", ["verity_salt", known.salt]),
		concat("=", ["verity_data_blocks", known.data_blocks]),
	}
	field(storage, "fs_group", null) == null
}

# What the container writes: in the guest's memory or on a disk with a key nobody keeps, beside the root folder.
storage_fits(_, known, storage) if {
	known.place == "scratch"
	same_storage(known, storage)
	regex.match(known.source_like, field(storage, "source", ""))
	field(storage, "mount_point", "") == beside_root("scratch")
}

# A volume that this very key of the broker's opens: no other key's, and none in the clear.
storage_fits(_, known, storage) if {
	known.place == "volume"
	same_storage(known, storage)
	regex.match(known.source_like, field(storage, "source", ""))
	folder := beside_root("volumes/")
	startswith(field(storage, "mount_point", ""), folder)
	regex.match(`^[0-9]{1,3}$`, trim_prefix(storage.mount_point, folder))
}

# All layers in the policy's order, the uppermost first, below what the container writes.
storage_fits(slot, known, storage) if {
	known.place == "overlay"
	field(storage, "driver", "") == "overlayfs"
	field(storage, "fstype", "") == "overlay"
	field(storage, "driver_options", []) == []
	field(storage, "mount_point", "") == oci.Root.Path
	lower := [option | some option in storage.options; startswith(option, "lowerdir=")]
	count(lower) == 1
	folders := split(trim_prefix(lower[0], "lowerdir="), ":")
	count(folders) == count(slot.image.layers)
	[layer_at(slot, folder) | some folder in folders] == slot.image.layers
	all_of(storage.options) == {
		lower[0],
		concat("", ["upperdir=", beside_root("scratch"), "/upper"]),
		concat("", ["workdir=", beside_root("scratch"), "/work"]),
	}
}

beside_root(name) := concat("", [trim_suffix(oci.Root.Path, "rootfs"), name])

# Which layer is mounted there.
layer_at(slot, folder) := kind if {
	some kind in slot.image.layers
	some storage in storages
	storage.mount_point == folder
	layer_fits(slot.storages[kind], storage)
}

# A root folder of authorised layers has all of them; a pulled one needs none.
layers_fit(slot) if count(slot.image.layers) == 0

layers_fit(slot) if {
	some storage in storages
	storage_fits(slot, slot.storages.root, storage)
}

mounts_fit(slot, bundle) if {
	mounts := field(oci, "Mounts", [])
	count({mount.destination | some mount in mounts}) == count(mounts)
	every mount in mounts {
		mount_fits(slot, mount, bundle)
	}
	every known in slot.mounts {
		is_mounted_if_kept(known, mounts)
	}
}

# What a volume keeps must be there: without it its container would begin anew, and lose what it writes.
is_mounted_if_kept(known, _) if field(known, "inside", "") == ""

is_mounted_if_kept(known, mounts) if {
	some mount in mounts
	field(mount, "destination", "") == known.destination
}

mount_fits(slot, mount, bundle) if {
	some known in slot.mounts
	known.destination == field(mount, "destination", "")
	known.type == field(mount, "type_", "")
	options := all_of(field(mount, "options", []))
	all_of(known.options) - options == set()
	options - all_of(known.options) - all_of(known.extra_options) == set()
	source_fits(slot, known, field(mount, "source", ""), bundle)
}

source_fits(_, known, source, _) if source == known.source

source_fits(_, known, source, bundle) if {
	regex.match(replace(known.source_like, "$(bundle-id)", quoted(bundle)), source)
}

# What a storage of this very request brings.
source_fits(slot, known, source, _) if {
	some storage in storages
	concat("", [field(storage, "mount_point", ""), field(known, "inside", "")]) == source
	storage_kind(slot, storage) == known.source_storage
}

# -- Devices: disks of raw volumes, and GPUs with the words of the container device interface

devices_fit(slot) if {
	devices := field(input, "devices", [])
	every device in devices {
		device_fits(slot, device)
	}
	gpu_devices := [device | some device in devices; gpu_fits(slot, device)]
	gpus_fit(slot, gpu_devices)
	count({device.container_path | some device in devices}) == count(devices)
	count(devices) - count(gpu_devices) <= count(slot.block_devices)
}

device_fits(slot, device) if gpu_fits(slot, device)

device_fits(slot, device) if {
	field(device, "container_path", "") in slot.block_devices
	field(device, "type_", "") in policy_data.block.drivers
	field(device, "options", []) == []
}

gpu_fits(slot, device) if {
	slot.gpus > 0
	regex.match(policy_data.gpu.path_like, field(device, "container_path", ""))
	field(device, "type_", "") in policy_data.gpu.device_types
	every option in field(device, "options", []) {
		regex.match(policy_data.gpu.option_like, option)
	}
	field(device, "vm_path", "") == ""
}

gpu_annotations := {number: value |
	some key, value in annotations
	regex.match(policy_data.gpu.annotation_key_like, key)
	number := trim_prefix(key, "cdi.k8s.io/vfio")
}

gpus_fit(slot, devices) if {
	slot.gpus == 0
	devices == []
}

# Plugged in before the guest's start: there are words only.
gpus_fit(slot, devices) if {
	slot.gpus > 0
	devices == []
	gpu_annotations_fit(slot)
}

# Plugged in with the container: each device has its word.
gpus_fit(slot, devices) if {
	slot.gpus > 0
	count(devices) == slot.gpus
	gpu_annotations_fit(slot)
	numbers := {number |
		some device in devices
		number := regex.find_all_string_submatch_n(policy_data.gpu.path_like, device.container_path, 1)[0][1]
	}
	numbers == object.keys(gpu_annotations)
}

gpu_annotations_fit(slot) if {
	count(gpu_annotations) == slot.gpus
	count({value | some _, value in gpu_annotations}) == slot.gpus
}
