# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
#
# What a guest does for its host. Everything is refused unless a rule below allows it; what they compare with is
# policy_data at the end of this file, made from the pod. docs/formats/policy.md explains both.
#
# input is one request to the agent. A field that is absent, null, or its type's empty value says the same here,
# as it does on the wire. data.pstate is what earlier requests left: {"sandbox": ..., "containers": {id: {"slot": .., "bundle": ..}}}.
package agent_policy

import rego.v1

default AddARPNeighborsRequest := false

default AddSwapPathRequest := false

default AddSwapRequest := false

default CloseStdinRequest := false

default CloseTransferRequest := false

default CopyFileRequest := false

default CreateContainerRequest := false

default CreateSandboxRequest := false

default ExecProcessRequest := false

default FinishUnpackingRequest := false

default GetDiagnosticDataRequest := false

default GetIPTablesRequest := false

default GetMetricsRequest := false

default ListChangesRequest := false

default ListInterfacesRequest := false

default ListProcessesRequest := false

default ListRoutesRequest := false

default MemAgentCompactConfig := false

default MemAgentMemcgConfig := false

default MemHotplugByProbeRequest := false

default OpenArchiveRequest := false

default OpenUnpackingRequest := false

default PauseContainerRequest := false

default PutDocumentRequest := false

default ReadArchiveRequest := false

default ReadStreamRequest := false

default RemoveContainerRequest := false

default ReseedRandomDevRequest := false

default ResizeVolumeRequest := false

default ResumeContainerRequest := false

default SetGuestDateTimeRequest := false

default SetIPTablesRequest := false

default SetPolicyRequest := false

default StatPathRequest := false

default UpdateContainerRequest := false

default UpdateEphemeralMountsRequest := false

default UpdateInterfaceRequest := false

default UpdateRoutesRequest := false

default VolumeStatsRequest := false

default WorkloadApiRequest := false

default WriteArchiveRequest := false

default WriteStreamRequest := false

# The life of what was allowed to be made, and what tells the host nothing of the workload.
DestroySandboxRequest := true

GetOOMEventRequest := true

GuestDetailsRequest := true

OnlineCPUMemRequest := true

RemoveStaleVirtiofsShareMountsRequest := true

SignalProcessRequest := true

StartContainerRequest := true

StatsContainerRequest := true

TtyWinResizeRequest := true

WaitProcessRequest := true

# What the settings open as a whole.
AddSwapPathRequest if "AddSwapPathRequest" in policy_data.allow

AddSwapRequest if "AddSwapRequest" in policy_data.allow

CloseStdinRequest if "CloseStdinRequest" in policy_data.allow

CloseTransferRequest if "CloseTransferRequest" in policy_data.allow

FinishUnpackingRequest if "FinishUnpackingRequest" in policy_data.allow

GetDiagnosticDataRequest if "GetDiagnosticDataRequest" in policy_data.allow

GetIPTablesRequest if "GetIPTablesRequest" in policy_data.allow

GetMetricsRequest if "GetMetricsRequest" in policy_data.allow

ListChangesRequest if "ListChangesRequest" in policy_data.allow

ListInterfacesRequest if "ListInterfacesRequest" in policy_data.allow

ListProcessesRequest if "ListProcessesRequest" in policy_data.allow

ListRoutesRequest if "ListRoutesRequest" in policy_data.allow

MemAgentCompactConfig if "MemAgentCompactConfig" in policy_data.allow

MemAgentMemcgConfig if "MemAgentMemcgConfig" in policy_data.allow

MemHotplugByProbeRequest if "MemHotplugByProbeRequest" in policy_data.allow

OpenArchiveRequest if "OpenArchiveRequest" in policy_data.allow

OpenUnpackingRequest if "OpenUnpackingRequest" in policy_data.allow

PauseContainerRequest if "PauseContainerRequest" in policy_data.allow

PutDocumentRequest if "PutDocumentRequest" in policy_data.allow

ReadArchiveRequest if "ReadArchiveRequest" in policy_data.allow

ReadStreamRequest if "ReadStreamRequest" in policy_data.allow

ReseedRandomDevRequest if "ReseedRandomDevRequest" in policy_data.allow

ResizeVolumeRequest if "ResizeVolumeRequest" in policy_data.allow

ResumeContainerRequest if "ResumeContainerRequest" in policy_data.allow

SetGuestDateTimeRequest if "SetGuestDateTimeRequest" in policy_data.allow

SetIPTablesRequest if "SetIPTablesRequest" in policy_data.allow

SetPolicyRequest if "SetPolicyRequest" in policy_data.allow

StatPathRequest if "StatPathRequest" in policy_data.allow

UpdateContainerRequest if "UpdateContainerRequest" in policy_data.allow

UpdateEphemeralMountsRequest if "UpdateEphemeralMountsRequest" in policy_data.allow

VolumeStatsRequest if "VolumeStatsRequest" in policy_data.allow

WriteArchiveRequest if "WriteArchiveRequest" in policy_data.allow

WriteStreamRequest if "WriteStreamRequest" in policy_data.allow

# -- Words used below

# What `from` holds at `path`; absent and null are both `otherwise`.
field(from, path, otherwise) := value if {
	value := object.get(from, path, null)
	value != null
} else := otherwise

oci := field(input, "OCI", {})

annotations := field(oci, "Annotations", {})

annotation(key) := field(annotations, key, "")

storages := field(input, "storages", [])

# As a set: order and repetition say nothing.
all_of(list) := {item | some item in list}

dns_name := `^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$`

# Text that is only itself inside a pattern; for text of letters, digits, '-', '_' and '.' alone.
quoted(text) := replace(text, ".", `\.`)

# A pattern whose places are filled with what this sandbox is called.
filled(pattern) := text if {
	named := replace(pattern, "$(sandbox-name)", quoted(annotation("io.kubernetes.cri.sandbox-name")))
	text := replace(named, "$(sandbox-namespace)", quoted(annotation("io.kubernetes.cri.sandbox-namespace")))
}

# -- The sandbox

CreateSandboxRequest if {
	field(input, "sandbox_pidns", false) == policy_data.sandbox.pidns
	field(input, "kernel_modules", []) == []
	field(input, "guest_hook_path", "") == ""
	every storage in storages {
		sandbox_storage_allowed(storage)
	}
}

sandbox_storage_allowed(storage) if {
	some known in policy_data.sandbox.storages
	same_storage(known, storage)
	field(storage, "source", "") == known.source
	field(storage, "mount_point", "") == known.mount_point
}

# An emptyDir of a node of Redoubt, which the containers of the pod bind. How large one in memory is decides nothing.
sandbox_storage_allowed(storage) if {
	some known in policy_data.sandbox.volumes
	options := [option | some option in field(storage, "options", []); not regex.match(`^size=[0-9]+k$`, option)]
	same_storage(known, object.union(storage, {"options": options}))
	regex.match(known.source_like, field(storage, "source", ""))
	field(storage, "mount_point", "") == known.mount_point
}

# Files of a ConfigMap or Secret that the pod mounts, all of them, as the policy's author had them.
PutDocumentRequest if {
	document := policy_data.documents[field(input, "name", "")]
	files := field(input, "files", [])
	count({file.path | some file in files}) == count(files)
	document_fits(document, files)
}

# What they are was not known.
document_fits(document, _) if document.files == null

document_fits(document, files) if {
	document.files == {file.path: {"mode": field(file, "mode", 0), "digest": file.data.digest} | some file in files}
}

same_storage(known, storage) if {
	field(storage, "driver", "") == known.driver
	all_of(field(storage, "driver_options", [])) == all_of(known.driver_options)
	field(storage, "fstype", "") == known.fstype
	all_of(field(storage, "options", [])) == all_of(known.options)
	field(storage, "shared", false) == known.shared
	group_matches(known, field(storage, "fs_group", null))
}

group_matches(_, group) if group == null

group_matches(known, group) if field(group, "group_id", 0) == known.fs_group
