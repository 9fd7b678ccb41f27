# A gate for a guest agent, of the shape and size that policy generators write: one rule a request, functions with
# several definitions as alternatives, every, comprehensions, patterns built at run time, and prints throughout.
package agent_policy

import future.keywords.every
import future.keywords.if
import future.keywords.in

default AddARPNeighborsRequest := false
default AddSwapRequest := false
default CloseStdinRequest := true
default CopyFileRequest := false
default CreateContainerRequest := false
default CreateSandboxRequest := true
default DestroySandboxRequest := true
default ExecProcessRequest := false
default GetMetricsRequest := false
default GetOOMEventRequest := true
default GuestDetailsRequest := true
default ListInterfacesRequest := false
default ListRoutesRequest := false
default MemHotplugByProbeRequest := false
default OnlineCPUMemRequest := true
default PauseContainerRequest := false
default PullImageRequest := false
default ReadStreamRequest := false
default RemoveContainerRequest := true
default RemoveStaleVirtiofsShareMountsRequest := false
default ReseedRandomDevRequest := false
default ResumeContainerRequest := false
default SetGuestDateTimeRequest := false
default SetPolicyRequest := false
default SignalProcessRequest := true
default StartContainerRequest := true
default StartTracingRequest := false
default StatsContainerRequest := true
default StopTracingRequest := false
default TtyWinResizeRequest := true
default UpdateContainerRequest := false
default UpdateEphemeralMountsRequest := false
default UpdateInterfaceRequest := true
default UpdateRoutesRequest := true
default WaitProcessRequest := true
default WriteStreamRequest := false

S_NAME_KEY := "io.kubernetes.cri.sandbox-name"
S_NAMESPACE_KEY := "io.kubernetes.cri.sandbox-namespace"

get_state() := state if {
	state := data["pstate"]
}

# The first container fixes the sandbox's name; later ones must have it too.
state_allows(value) := {"action": "check", "key": "name"} if {
	state := get_state()
	state["name"]
	print("state_allows: known", state["name"], value)
	state["name"] == value
} else := {"action": "add", "key": "name"} if {
	state := get_state()
	not state["name"]
	print("state_allows: new", value)
}

state_ops(found, value) := [] if {
	found.action == "check"
}

state_ops(found, value) := [{"op": "add", "path": concat("/", ["", found.key]), "value": value}] if {
	found.action == "add"
}

CreateContainerRequest := {"ops": ops, "allowed": true} if {
	print("CreateContainerRequest: start", input.container_id)
	i_oci := input.OCI
	i_storages := input.storages
	sandbox_name := i_oci.Annotations[S_NAME_KEY]
	found := state_allows(sandbox_name)
	ops := state_ops(found, sandbox_name)
	some index, p_container in policy_data.containers
	print("CreateContainerRequest: trying container", index)
	allow_container_id(input.container_id)
	p_oci := p_container.OCI
	allow_settings(p_oci, i_oci)
	allow_annotations(p_oci.Annotations, i_oci.Annotations)
	allow_process(p_oci.Process, i_oci.Process, sandbox_name)
	allow_linux(p_oci.Linux, i_oci.Linux)
	allow_mounts(p_oci.Mounts, i_oci.Mounts, input.container_id)
	allow_storages(p_container.storages, i_storages)
	print("CreateContainerRequest: allowed by container", index)
}

allow_container_id(id) if {
	print("allow_container_id:", id)
	regex.match("^[a-z0-9][a-z0-9-]{2,63}$", id)
}

allow_settings(p, i) if {
	print("allow_settings: start")
	allow_cgroupparent(p, i)
	allow_domainname(p, i)
	allow_rootreadonly(p, i)
	allow_rootpath(p, i)
	allow_umask(p, i)
	allow_seccompprofile(p, i)
	allow_apparmorprofile(p, i)
	allow_selinuxlabel(p, i)
	allow_oomscoreadj(p, i)
	allow_pidslimit(p, i)
	allow_cpushares(p, i)
	allow_cpuquota(p, i)
	allow_cpuperiod(p, i)
	allow_cpus(p, i)
	allow_mems(p, i)
	allow_memorylimit(p, i)
	allow_memoryswap(p, i)
	allow_memoryreservation(p, i)
	allow_kernelmemory(p, i)
	allow_swappiness(p, i)
	allow_disableoomkiller(p, i)
	allow_blockioweight(p, i)
	allow_networkclass(p, i)
	allow_networkpriority(p, i)
	allow_rootfspropagation(p, i)
	allow_mountlabel(p, i)
	allow_intelrdt(p, i)
	allow_personality(p, i)
	allow_timeoffset(p, i)
	allow_iopriority(p, i)
	allow_scheduler(p, i)
	allow_tracing(p, i)
	allow_hooksprestart(p, i)
	allow_hookspoststart(p, i)
	allow_hookspoststop(p, i)
	allow_vmkernel(p, i)
	allow_vmimage(p, i)
	allow_windowslayer(p, i)
	allow_solariszone(p, i)
	allow_version(p, i)
	allow_hostname(p, i)
	print("allow_settings: true")
}

# CgroupParent: as the policy has it, or anything when the policy leaves it open.
allow_cgroupparent(p, i) if {
	print("allow_cgroupparent 1: p =", p.CgroupParent, "i =", i.CgroupParent)
	print("allow_cgroupparent 1: set")
	not is_null(p.CgroupParent)
	p.CgroupParent == i.CgroupParent
	print("allow_cgroupparent 1: true")
}

allow_cgroupparent(p, i) if {
	print("allow_cgroupparent 2: p =", p.CgroupParent)
	print("allow_cgroupparent 2: open?")
	is_null(p.CgroupParent)
	print("allow_cgroupparent 2: true")
}

# Domainname: as the policy has it, or anything when the policy leaves it open.
allow_domainname(p, i) if {
	print("allow_domainname 1: p =", p.Domainname, "i =", i.Domainname)
	print("allow_domainname 1: set")
	not is_null(p.Domainname)
	p.Domainname == i.Domainname
	print("allow_domainname 1: true")
}

allow_domainname(p, i) if {
	print("allow_domainname 2: p =", p.Domainname)
	print("allow_domainname 2: open?")
	is_null(p.Domainname)
	print("allow_domainname 2: true")
}

# RootReadonly: as the policy has it, or anything when the policy leaves it open.
allow_rootreadonly(p, i) if {
	print("allow_rootreadonly 1: p =", p.RootReadonly, "i =", i.RootReadonly)
	print("allow_rootreadonly 1: set")
	not is_null(p.RootReadonly)
	p.RootReadonly == i.RootReadonly
	print("allow_rootreadonly 1: true")
}

allow_rootreadonly(p, i) if {
	print("allow_rootreadonly 2: p =", p.RootReadonly)
	print("allow_rootreadonly 2: open?")
	is_null(p.RootReadonly)
	print("allow_rootreadonly 2: true")
}

# RootPath: as the policy has it, or anything when the policy leaves it open.
allow_rootpath(p, i) if {
	print("allow_rootpath 1: p =", p.RootPath, "i =", i.RootPath)
	print("allow_rootpath 1: set")
	not is_null(p.RootPath)
	p.RootPath == i.RootPath
	print("allow_rootpath 1: true")
}

allow_rootpath(p, i) if {
	print("allow_rootpath 2: p =", p.RootPath)
	print("allow_rootpath 2: open?")
	is_null(p.RootPath)
	print("allow_rootpath 2: true")
}

# Umask: as the policy has it, or anything when the policy leaves it open.
allow_umask(p, i) if {
	print("allow_umask 1: p =", p.Umask, "i =", i.Umask)
	print("allow_umask 1: set")
	not is_null(p.Umask)
	p.Umask == i.Umask
	print("allow_umask 1: true")
}

allow_umask(p, i) if {
	print("allow_umask 2: p =", p.Umask)
	print("allow_umask 2: open?")
	is_null(p.Umask)
	print("allow_umask 2: true")
}

# SeccompProfile: as the policy has it, or anything when the policy leaves it open.
allow_seccompprofile(p, i) if {
	print("allow_seccompprofile 1: p =", p.SeccompProfile, "i =", i.SeccompProfile)
	print("allow_seccompprofile 1: set")
	not is_null(p.SeccompProfile)
	p.SeccompProfile == i.SeccompProfile
	print("allow_seccompprofile 1: true")
}

allow_seccompprofile(p, i) if {
	print("allow_seccompprofile 2: p =", p.SeccompProfile)
	print("allow_seccompprofile 2: open?")
	is_null(p.SeccompProfile)
	print("allow_seccompprofile 2: true")
}

# ApparmorProfile: as the policy has it, or anything when the policy leaves it open.
allow_apparmorprofile(p, i) if {
	print("allow_apparmorprofile 1: p =", p.ApparmorProfile, "i =", i.ApparmorProfile)
	print("allow_apparmorprofile 1: set")
	not is_null(p.ApparmorProfile)
	p.ApparmorProfile == i.ApparmorProfile
	print("allow_apparmorprofile 1: true")
}

allow_apparmorprofile(p, i) if {
	print("allow_apparmorprofile 2: p =", p.ApparmorProfile)
	print("allow_apparmorprofile 2: open?")
	is_null(p.ApparmorProfile)
	print("allow_apparmorprofile 2: true")
}

# SelinuxLabel: as the policy has it, or anything when the policy leaves it open.
allow_selinuxlabel(p, i) if {
	print("allow_selinuxlabel 1: p =", p.SelinuxLabel, "i =", i.SelinuxLabel)
	print("allow_selinuxlabel 1: set")
	not is_null(p.SelinuxLabel)
	p.SelinuxLabel == i.SelinuxLabel
	print("allow_selinuxlabel 1: true")
}

allow_selinuxlabel(p, i) if {
	print("allow_selinuxlabel 2: p =", p.SelinuxLabel)
	print("allow_selinuxlabel 2: open?")
	is_null(p.SelinuxLabel)
	print("allow_selinuxlabel 2: true")
}

# OomScoreAdj: as the policy has it, or anything when the policy leaves it open.
allow_oomscoreadj(p, i) if {
	print("allow_oomscoreadj 1: p =", p.OomScoreAdj, "i =", i.OomScoreAdj)
	print("allow_oomscoreadj 1: set")
	not is_null(p.OomScoreAdj)
	p.OomScoreAdj == i.OomScoreAdj
	print("allow_oomscoreadj 1: true")
}

allow_oomscoreadj(p, i) if {
	print("allow_oomscoreadj 2: p =", p.OomScoreAdj)
	print("allow_oomscoreadj 2: open?")
	is_null(p.OomScoreAdj)
	print("allow_oomscoreadj 2: true")
}

# PidsLimit: as the policy has it, or anything when the policy leaves it open.
allow_pidslimit(p, i) if {
	print("allow_pidslimit 1: p =", p.PidsLimit, "i =", i.PidsLimit)
	print("allow_pidslimit 1: set")
	not is_null(p.PidsLimit)
	p.PidsLimit == i.PidsLimit
	print("allow_pidslimit 1: true")
}

allow_pidslimit(p, i) if {
	print("allow_pidslimit 2: p =", p.PidsLimit)
	print("allow_pidslimit 2: open?")
	is_null(p.PidsLimit)
	print("allow_pidslimit 2: true")
}

# CpuShares: as the policy has it, or anything when the policy leaves it open.
allow_cpushares(p, i) if {
	print("allow_cpushares 1: p =", p.CpuShares, "i =", i.CpuShares)
	print("allow_cpushares 1: set")
	not is_null(p.CpuShares)
	p.CpuShares == i.CpuShares
	print("allow_cpushares 1: true")
}

allow_cpushares(p, i) if {
	print("allow_cpushares 2: p =", p.CpuShares)
	print("allow_cpushares 2: open?")
	is_null(p.CpuShares)
	print("allow_cpushares 2: true")
}

# CpuQuota: as the policy has it, or anything when the policy leaves it open.
allow_cpuquota(p, i) if {
	print("allow_cpuquota 1: p =", p.CpuQuota, "i =", i.CpuQuota)
	print("allow_cpuquota 1: set")
	not is_null(p.CpuQuota)
	p.CpuQuota == i.CpuQuota
	print("allow_cpuquota 1: true")
}

allow_cpuquota(p, i) if {
	print("allow_cpuquota 2: p =", p.CpuQuota)
	print("allow_cpuquota 2: open?")
	is_null(p.CpuQuota)
	print("allow_cpuquota 2: true")
}

# CpuPeriod: as the policy has it, or anything when the policy leaves it open.
allow_cpuperiod(p, i) if {
	print("allow_cpuperiod 1: p =", p.CpuPeriod, "i =", i.CpuPeriod)
	print("allow_cpuperiod 1: set")
	not is_null(p.CpuPeriod)
	p.CpuPeriod == i.CpuPeriod
	print("allow_cpuperiod 1: true")
}

allow_cpuperiod(p, i) if {
	print("allow_cpuperiod 2: p =", p.CpuPeriod)
	print("allow_cpuperiod 2: open?")
	is_null(p.CpuPeriod)
	print("allow_cpuperiod 2: true")
}

# Cpus: as the policy has it, or anything when the policy leaves it open.
allow_cpus(p, i) if {
	print("allow_cpus 1: p =", p.Cpus, "i =", i.Cpus)
	print("allow_cpus 1: set")
	not is_null(p.Cpus)
	p.Cpus == i.Cpus
	print("allow_cpus 1: true")
}

allow_cpus(p, i) if {
	print("allow_cpus 2: p =", p.Cpus)
	print("allow_cpus 2: open?")
	is_null(p.Cpus)
	print("allow_cpus 2: true")
}

# Mems: as the policy has it, or anything when the policy leaves it open.
allow_mems(p, i) if {
	print("allow_mems 1: p =", p.Mems, "i =", i.Mems)
	print("allow_mems 1: set")
	not is_null(p.Mems)
	p.Mems == i.Mems
	print("allow_mems 1: true")
}

allow_mems(p, i) if {
	print("allow_mems 2: p =", p.Mems)
	print("allow_mems 2: open?")
	is_null(p.Mems)
	print("allow_mems 2: true")
}

# MemoryLimit: as the policy has it, or anything when the policy leaves it open.
allow_memorylimit(p, i) if {
	print("allow_memorylimit 1: p =", p.MemoryLimit, "i =", i.MemoryLimit)
	print("allow_memorylimit 1: set")
	not is_null(p.MemoryLimit)
	p.MemoryLimit == i.MemoryLimit
	print("allow_memorylimit 1: true")
}

allow_memorylimit(p, i) if {
	print("allow_memorylimit 2: p =", p.MemoryLimit)
	print("allow_memorylimit 2: open?")
	is_null(p.MemoryLimit)
	print("allow_memorylimit 2: true")
}

# MemorySwap: as the policy has it, or anything when the policy leaves it open.
allow_memoryswap(p, i) if {
	print("allow_memoryswap 1: p =", p.MemorySwap, "i =", i.MemorySwap)
	print("allow_memoryswap 1: set")
	not is_null(p.MemorySwap)
	p.MemorySwap == i.MemorySwap
	print("allow_memoryswap 1: true")
}

allow_memoryswap(p, i) if {
	print("allow_memoryswap 2: p =", p.MemorySwap)
	print("allow_memoryswap 2: open?")
	is_null(p.MemorySwap)
	print("allow_memoryswap 2: true")
}

# MemoryReservation: as the policy has it, or anything when the policy leaves it open.
allow_memoryreservation(p, i) if {
	print("allow_memoryreservation 1: p =", p.MemoryReservation, "i =", i.MemoryReservation)
	print("allow_memoryreservation 1: set")
	not is_null(p.MemoryReservation)
	p.MemoryReservation == i.MemoryReservation
	print("allow_memoryreservation 1: true")
}

allow_memoryreservation(p, i) if {
	print("allow_memoryreservation 2: p =", p.MemoryReservation)
	print("allow_memoryreservation 2: open?")
	is_null(p.MemoryReservation)
	print("allow_memoryreservation 2: true")
}

# KernelMemory: as the policy has it, or anything when the policy leaves it open.
allow_kernelmemory(p, i) if {
	print("allow_kernelmemory 1: p =", p.KernelMemory, "i =", i.KernelMemory)
	print("allow_kernelmemory 1: set")
	not is_null(p.KernelMemory)
	p.KernelMemory == i.KernelMemory
	print("allow_kernelmemory 1: true")
}

allow_kernelmemory(p, i) if {
	print("allow_kernelmemory 2: p =", p.KernelMemory)
	print("allow_kernelmemory 2: open?")
	is_null(p.KernelMemory)
	print("allow_kernelmemory 2: true")
}

# Swappiness: as the policy has it, or anything when the policy leaves it open.
allow_swappiness(p, i) if {
	print("allow_swappiness 1: p =", p.Swappiness, "i =", i.Swappiness)
	print("allow_swappiness 1: set")
	not is_null(p.Swappiness)
	p.Swappiness == i.Swappiness
	print("allow_swappiness 1: true")
}

allow_swappiness(p, i) if {
	print("allow_swappiness 2: p =", p.Swappiness)
	print("allow_swappiness 2: open?")
	is_null(p.Swappiness)
	print("allow_swappiness 2: true")
}

# DisableOOMKiller: as the policy has it, or anything when the policy leaves it open.
allow_disableoomkiller(p, i) if {
	print("allow_disableoomkiller 1: p =", p.DisableOOMKiller, "i =", i.DisableOOMKiller)
	print("allow_disableoomkiller 1: set")
	not is_null(p.DisableOOMKiller)
	p.DisableOOMKiller == i.DisableOOMKiller
	print("allow_disableoomkiller 1: true")
}

allow_disableoomkiller(p, i) if {
	print("allow_disableoomkiller 2: p =", p.DisableOOMKiller)
	print("allow_disableoomkiller 2: open?")
	is_null(p.DisableOOMKiller)
	print("allow_disableoomkiller 2: true")
}

# BlockIOWeight: as the policy has it, or anything when the policy leaves it open.
allow_blockioweight(p, i) if {
	print("allow_blockioweight 1: p =", p.BlockIOWeight, "i =", i.BlockIOWeight)
	print("allow_blockioweight 1: set")
	not is_null(p.BlockIOWeight)
	p.BlockIOWeight == i.BlockIOWeight
	print("allow_blockioweight 1: true")
}

allow_blockioweight(p, i) if {
	print("allow_blockioweight 2: p =", p.BlockIOWeight)
	print("allow_blockioweight 2: open?")
	is_null(p.BlockIOWeight)
	print("allow_blockioweight 2: true")
}

# NetworkClass: as the policy has it, or anything when the policy leaves it open.
allow_networkclass(p, i) if {
	print("allow_networkclass 1: p =", p.NetworkClass, "i =", i.NetworkClass)
	print("allow_networkclass 1: set")
	not is_null(p.NetworkClass)
	p.NetworkClass == i.NetworkClass
	print("allow_networkclass 1: true")
}

allow_networkclass(p, i) if {
	print("allow_networkclass 2: p =", p.NetworkClass)
	print("allow_networkclass 2: open?")
	is_null(p.NetworkClass)
	print("allow_networkclass 2: true")
}

# NetworkPriority: as the policy has it, or anything when the policy leaves it open.
allow_networkpriority(p, i) if {
	print("allow_networkpriority 1: p =", p.NetworkPriority, "i =", i.NetworkPriority)
	print("allow_networkpriority 1: set")
	not is_null(p.NetworkPriority)
	p.NetworkPriority == i.NetworkPriority
	print("allow_networkpriority 1: true")
}

allow_networkpriority(p, i) if {
	print("allow_networkpriority 2: p =", p.NetworkPriority)
	print("allow_networkpriority 2: open?")
	is_null(p.NetworkPriority)
	print("allow_networkpriority 2: true")
}

# RootfsPropagation: as the policy has it, or anything when the policy leaves it open.
allow_rootfspropagation(p, i) if {
	print("allow_rootfspropagation 1: p =", p.RootfsPropagation, "i =", i.RootfsPropagation)
	print("allow_rootfspropagation 1: set")
	not is_null(p.RootfsPropagation)
	p.RootfsPropagation == i.RootfsPropagation
	print("allow_rootfspropagation 1: true")
}

allow_rootfspropagation(p, i) if {
	print("allow_rootfspropagation 2: p =", p.RootfsPropagation)
	print("allow_rootfspropagation 2: open?")
	is_null(p.RootfsPropagation)
	print("allow_rootfspropagation 2: true")
}

# MountLabel: as the policy has it, or anything when the policy leaves it open.
allow_mountlabel(p, i) if {
	print("allow_mountlabel 1: p =", p.MountLabel, "i =", i.MountLabel)
	print("allow_mountlabel 1: set")
	not is_null(p.MountLabel)
	p.MountLabel == i.MountLabel
	print("allow_mountlabel 1: true")
}

allow_mountlabel(p, i) if {
	print("allow_mountlabel 2: p =", p.MountLabel)
	print("allow_mountlabel 2: open?")
	is_null(p.MountLabel)
	print("allow_mountlabel 2: true")
}

# IntelRdt: as the policy has it, or anything when the policy leaves it open.
allow_intelrdt(p, i) if {
	print("allow_intelrdt 1: p =", p.IntelRdt, "i =", i.IntelRdt)
	print("allow_intelrdt 1: set")
	not is_null(p.IntelRdt)
	p.IntelRdt == i.IntelRdt
	print("allow_intelrdt 1: true")
}

allow_intelrdt(p, i) if {
	print("allow_intelrdt 2: p =", p.IntelRdt)
	print("allow_intelrdt 2: open?")
	is_null(p.IntelRdt)
	print("allow_intelrdt 2: true")
}

# Personality: as the policy has it, or anything when the policy leaves it open.
allow_personality(p, i) if {
	print("allow_personality 1: p =", p.Personality, "i =", i.Personality)
	print("allow_personality 1: set")
	not is_null(p.Personality)
	p.Personality == i.Personality
	print("allow_personality 1: true")
}

allow_personality(p, i) if {
	print("allow_personality 2: p =", p.Personality)
	print("allow_personality 2: open?")
	is_null(p.Personality)
	print("allow_personality 2: true")
}

# TimeOffset: as the policy has it, or anything when the policy leaves it open.
allow_timeoffset(p, i) if {
	print("allow_timeoffset 1: p =", p.TimeOffset, "i =", i.TimeOffset)
	print("allow_timeoffset 1: set")
	not is_null(p.TimeOffset)
	p.TimeOffset == i.TimeOffset
	print("allow_timeoffset 1: true")
}

allow_timeoffset(p, i) if {
	print("allow_timeoffset 2: p =", p.TimeOffset)
	print("allow_timeoffset 2: open?")
	is_null(p.TimeOffset)
	print("allow_timeoffset 2: true")
}

# IoPriority: as the policy has it, or anything when the policy leaves it open.
allow_iopriority(p, i) if {
	print("allow_iopriority 1: p =", p.IoPriority, "i =", i.IoPriority)
	print("allow_iopriority 1: set")
	not is_null(p.IoPriority)
	p.IoPriority == i.IoPriority
	print("allow_iopriority 1: true")
}

allow_iopriority(p, i) if {
	print("allow_iopriority 2: p =", p.IoPriority)
	print("allow_iopriority 2: open?")
	is_null(p.IoPriority)
	print("allow_iopriority 2: true")
}

# Scheduler: as the policy has it, or anything when the policy leaves it open.
allow_scheduler(p, i) if {
	print("allow_scheduler 1: p =", p.Scheduler, "i =", i.Scheduler)
	print("allow_scheduler 1: set")
	not is_null(p.Scheduler)
	p.Scheduler == i.Scheduler
	print("allow_scheduler 1: true")
}

allow_scheduler(p, i) if {
	print("allow_scheduler 2: p =", p.Scheduler)
	print("allow_scheduler 2: open?")
	is_null(p.Scheduler)
	print("allow_scheduler 2: true")
}

# Tracing: as the policy has it, or anything when the policy leaves it open.
allow_tracing(p, i) if {
	print("allow_tracing 1: p =", p.Tracing, "i =", i.Tracing)
	print("allow_tracing 1: set")
	not is_null(p.Tracing)
	p.Tracing == i.Tracing
	print("allow_tracing 1: true")
}

allow_tracing(p, i) if {
	print("allow_tracing 2: p =", p.Tracing)
	print("allow_tracing 2: open?")
	is_null(p.Tracing)
	print("allow_tracing 2: true")
}

# HooksPrestart: as the policy has it, or anything when the policy leaves it open.
allow_hooksprestart(p, i) if {
	print("allow_hooksprestart 1: p =", p.HooksPrestart, "i =", i.HooksPrestart)
	print("allow_hooksprestart 1: set")
	not is_null(p.HooksPrestart)
	p.HooksPrestart == i.HooksPrestart
	print("allow_hooksprestart 1: true")
}

allow_hooksprestart(p, i) if {
	print("allow_hooksprestart 2: p =", p.HooksPrestart)
	print("allow_hooksprestart 2: open?")
	is_null(p.HooksPrestart)
	print("allow_hooksprestart 2: true")
}

# HooksPoststart: as the policy has it, or anything when the policy leaves it open.
allow_hookspoststart(p, i) if {
	print("allow_hookspoststart 1: p =", p.HooksPoststart, "i =", i.HooksPoststart)
	print("allow_hookspoststart 1: set")
	not is_null(p.HooksPoststart)
	p.HooksPoststart == i.HooksPoststart
	print("allow_hookspoststart 1: true")
}

allow_hookspoststart(p, i) if {
	print("allow_hookspoststart 2: p =", p.HooksPoststart)
	print("allow_hookspoststart 2: open?")
	is_null(p.HooksPoststart)
	print("allow_hookspoststart 2: true")
}

# HooksPoststop: as the policy has it, or anything when the policy leaves it open.
allow_hookspoststop(p, i) if {
	print("allow_hookspoststop 1: p =", p.HooksPoststop, "i =", i.HooksPoststop)
	print("allow_hookspoststop 1: set")
	not is_null(p.HooksPoststop)
	p.HooksPoststop == i.HooksPoststop
	print("allow_hookspoststop 1: true")
}

allow_hookspoststop(p, i) if {
	print("allow_hookspoststop 2: p =", p.HooksPoststop)
	print("allow_hookspoststop 2: open?")
	is_null(p.HooksPoststop)
	print("allow_hookspoststop 2: true")
}

# VmKernel: as the policy has it, or anything when the policy leaves it open.
allow_vmkernel(p, i) if {
	print("allow_vmkernel 1: p =", p.VmKernel, "i =", i.VmKernel)
	print("allow_vmkernel 1: set")
	not is_null(p.VmKernel)
	p.VmKernel == i.VmKernel
	print("allow_vmkernel 1: true")
}

allow_vmkernel(p, i) if {
	print("allow_vmkernel 2: p =", p.VmKernel)
	print("allow_vmkernel 2: open?")
	is_null(p.VmKernel)
	print("allow_vmkernel 2: true")
}

# VmImage: as the policy has it, or anything when the policy leaves it open.
allow_vmimage(p, i) if {
	print("allow_vmimage 1: p =", p.VmImage, "i =", i.VmImage)
	print("allow_vmimage 1: set")
	not is_null(p.VmImage)
	p.VmImage == i.VmImage
	print("allow_vmimage 1: true")
}

allow_vmimage(p, i) if {
	print("allow_vmimage 2: p =", p.VmImage)
	print("allow_vmimage 2: open?")
	is_null(p.VmImage)
	print("allow_vmimage 2: true")
}

# WindowsLayer: as the policy has it, or anything when the policy leaves it open.
allow_windowslayer(p, i) if {
	print("allow_windowslayer 1: p =", p.WindowsLayer, "i =", i.WindowsLayer)
	print("allow_windowslayer 1: set")
	not is_null(p.WindowsLayer)
	p.WindowsLayer == i.WindowsLayer
	print("allow_windowslayer 1: true")
}

allow_windowslayer(p, i) if {
	print("allow_windowslayer 2: p =", p.WindowsLayer)
	print("allow_windowslayer 2: open?")
	is_null(p.WindowsLayer)
	print("allow_windowslayer 2: true")
}

# SolarisZone: as the policy has it, or anything when the policy leaves it open.
allow_solariszone(p, i) if {
	print("allow_solariszone 1: p =", p.SolarisZone, "i =", i.SolarisZone)
	print("allow_solariszone 1: set")
	not is_null(p.SolarisZone)
	p.SolarisZone == i.SolarisZone
	print("allow_solariszone 1: true")
}

allow_solariszone(p, i) if {
	print("allow_solariszone 2: p =", p.SolarisZone)
	print("allow_solariszone 2: open?")
	is_null(p.SolarisZone)
	print("allow_solariszone 2: true")
}

# Version: as the policy has it, or anything when the policy leaves it open.
allow_version(p, i) if {
	print("allow_version 1: p =", p.Version, "i =", i.Version)
	print("allow_version 1: set")
	not is_null(p.Version)
	p.Version == i.Version
	print("allow_version 1: true")
}

allow_version(p, i) if {
	print("allow_version 2: p =", p.Version)
	print("allow_version 2: open?")
	is_null(p.Version)
	print("allow_version 2: true")
}

# Hostname: as the policy has it, or anything when the policy leaves it open.
allow_hostname(p, i) if {
	print("allow_hostname 1: p =", p.Hostname, "i =", i.Hostname)
	print("allow_hostname 1: set")
	not is_null(p.Hostname)
	p.Hostname == i.Hostname
	print("allow_hostname 1: true")
}

allow_hostname(p, i) if {
	print("allow_hostname 2: p =", p.Hostname)
	print("allow_hostname 2: open?")
	is_null(p.Hostname)
	print("allow_hostname 2: true")
}

allow_annotations(p, i) if {
	print("allow_annotations: start")
	every key, value in i {
		allow_annotation(p, key, value)
	}
	print("allow_annotations: true")
}

allow_annotation(p, key, value) if {
	print("allow_annotation 1:", key, value)
	p[key] == value
}

allow_annotation(p, key, value) if {
	print("allow_annotation 2:", key, value)
	startswith(key, "io.kubernetes.cri.")
	some pattern in policy_data.common.annotation_patterns
	regex.match(replace(pattern, "$(word)", policy_data.common.word), value)
}

allow_process(p, i, sandbox_name) if {
	print("allow_process: start")
	print("allow_process: terminal", p.Terminal)
	p.Terminal == i.Terminal
	print("allow_process: folder", p.Cwd, i.Cwd)
	p.Cwd == i.Cwd
	p.NoNewPrivileges == i.NoNewPrivileges
	allow_user(p.User, i.User)
	allow_args(p.Args, i.Args)
	allow_env(p.Env, i.Env, sandbox_name)
	allow_capabilities(p.Capabilities, i.Capabilities)
	print("allow_process: true")
}

allow_user(p, i) if {
	print("allow_user:", p, i)
	print("allow_user: uid", p.UID)
	p.UID == i.UID
	p.GID == i.GID
	{gid | some gid in p.AdditionalGids} == {gid | some gid in i.AdditionalGids}
}

allow_args(p_args, i_args) if {
	print("allow_args 1:", p_args, i_args)
	not p_args
	not i_args
}

allow_args(p_args, i_args) if {
	print("allow_args 2:", p_args, i_args)
	count(p_args) == count(i_args)
	every index, i_arg in i_args {
		allow_arg(p_args[index], i_arg)
	}
	print("allow_args 2: true")
}

allow_arg(p_arg, i_arg) if {
	not contains(p_arg, "$$")
	p_arg == i_arg
}

allow_arg(p_arg, i_arg) if {
	print("allow_arg: escaped", p_arg, i_arg)
	contains(p_arg, "$$")
	replace(p_arg, "$$", "$") == i_arg
}

allow_env(p_env, i_env, sandbox_name) if {
	print("allow_env: start")
	every i_var in i_env {
		allow_var(p_env, i_var, sandbox_name)
	}
	print("allow_env: true")
}

allow_var(p_env, i_var, sandbox_name) if {
	print("allow_var 1:", i_var)
	i_var in p_env
}

allow_var(p_env, i_var, sandbox_name) if {
	print("allow_var 2:", i_var)
	some p_var in p_env
	replace(p_var, "$(sandbox-name)", sandbox_name) == i_var
	p_var != i_var
}

allow_var(p_env, i_var, sandbox_name) if {
	print("allow_var 3:", i_var)
	parts := split(i_var, "=")
	count(parts) == 2
	some pattern in policy_data.common.service_names
	full := concat("", ["^", replace(pattern, "$(word)", policy_data.common.word), "$"])
	regex.match(full, parts[0])
	allow_service_value(parts[1])
}

allow_service_value(value) if {
	print("allow_service_value 1:", value)
	regex.match("^[0-9]{1,5}$", value)
	to_number(value) < 65536
}

allow_service_value(value) if {
	print("allow_service_value 2:", value)
	regex.match("^(tcp://)?[0-9]{1,3}(\\.[0-9]{1,3}){3}(:[0-9]{1,5})?$", value)
}

allow_capabilities(p, i) if {
	print("allow_capabilities: start")
	every kind in ["Ambient", "Bounding", "Effective", "Inheritable", "Permitted"] {
		allow_capability_set(p[kind], i[kind])
	}
	print("allow_capabilities: true")
}

allow_capability_set(p, i) if {
	print("allow_capability_set:", p, i)
	wanted := {c | some c in p} | {c | some c in policy_data.common.default_capabilities; "$(default)" in p}
	given := {c | some c in i}
	count(given - wanted) == 0
}

allow_linux(p, i) if {
	print("allow_linux: start")
	p_namespaces := {n | some ns in p.Namespaces; n := {"type": ns.Type, "path": ""}}
	i_namespaces := {n | some ns in i.Namespaces; n := {"type": ns.Type, "path": ns.Path}; ns.Type != "network"}
	print("allow_linux: namespaces", p_namespaces, i_namespaces)
	p_namespaces == i_namespaces
	allow_paths(p.MaskedPaths, i.MaskedPaths)
	allow_paths(p.ReadonlyPaths, i.ReadonlyPaths)
	allow_devices(p.Devices, i.Devices)
	print("allow_linux: true")
}

allow_paths(p, i) if {
	print("allow_paths:", count(p), count(i))
	every path in p {
		path in i
	}
}

allow_devices(p, i) if {
	print("allow_devices: start")
	every device in i {
		some p_device in p
		print("allow_devices:", device.Path, p_device.Path)
		p_device.Path == device.Path
	}
}

allow_mounts(p_mounts, i_mounts, container_id) if {
	print("allow_mounts: start")
	every i_mount in i_mounts {
		allow_mount(p_mounts, i_mount, container_id)
	}
	print("allow_mounts: true")
}

allow_mount(p_mounts, i_mount, container_id) if {
	some p_mount in p_mounts
	print("allow_mount:", p_mount.destination, i_mount.destination)
	p_mount.destination == i_mount.destination
	p_mount.type_ == i_mount.type_
	{o | some o in p_mount.options} == {o | some o in i_mount.options}
	allow_source(p_mount.source, i_mount.source, container_id)
}

allow_source(p_source, i_source, container_id) if {
	print("allow_source 1:", p_source, i_source)
	p_source == i_source
}

allow_source(p_source, i_source, container_id) if {
	print("allow_source 2:", p_source, i_source)
	contains(p_source, "$(")
	pattern := replace(replace(p_source, "$(id)", container_id), "$(share)", policy_data.common.share)
	regex.match(concat("", ["^", pattern, "$"]), i_source)
}

allow_storages(p_storages, i_storages) if {
	print("allow_storages: start", count(p_storages), count(i_storages))
	count(p_storages) == count(i_storages)
	print("allow_storages: counted")
	matched := {p_index |
		some i_index
		i_storage := i_storages[i_index]
		p_index := find_storage(p_storages, i_storage)
	}
	count(matched) == count(i_storages)
	print("allow_storages: true")
}

find_storage(p_storages, i_storage) := index if {
	some index, p_storage in p_storages
	print("find_storage:", index, p_storage.mount_point)
	p_storage.driver == i_storage.driver
	p_storage.fstype == i_storage.fstype
	p_storage.mount_point == i_storage.mount_point
	allow_layers(p_storage, i_storage)
}

allow_layers(p_storage, i_storage) if {
	print("allow_layers 1:", i_storage.driver)
	i_storage.driver != "overlay"
	p_storage.options == i_storage.options
}

allow_layers(p_storage, i_storage) if {
	print("allow_layers 2:", i_storage.driver)
	i_storage.driver == "overlay"
	hashes := [hash | some option in i_storage.options; startswith(option, "layer="); hash := trim_prefix(option, "layer=")]
	every hash in hashes {
		regex.match("^[0-9a-f]{64}$", hash)
	}
	print("allow_layers 2: layers", hashes)
	hashes == p_storage.layers
}

ExecProcessRequest if {
	print("ExecProcessRequest 1: start", input.process.Args)
	some container in policy_data.containers
	some command in container.exec_commands
	concat(" ", input.process.Args) == command
	print("ExecProcessRequest 1: true")
}

ExecProcessRequest if {
	print("ExecProcessRequest 2: start", input.process.Args)
	some pattern in policy_data.common.exec_patterns
	regex.match(pattern, concat(" ", input.process.Args))
	not input.process.Terminal
	print("ExecProcessRequest 2: true", input.process.Args)
}

CopyFileRequest if {
	print("CopyFileRequest: start", input.path)
	some pattern in policy_data.common.copy_patterns
	regex.match(replace(pattern, "$(share)", policy_data.common.share), input.path)
	not contains(input.path, "..")
	bits.and(input.mode, 3584) == 0
	print("CopyFileRequest: true")
}

ReadStreamRequest if {
	policy_data.common.allow_streams
}

WriteStreamRequest if {
	policy_data.common.allow_streams
	count(input.data) <= 4096
}

UpdateEphemeralMountsRequest if {
	every storage in input.storages {
		storage.driver in {"ephemeral", "local"}
	}
}

policy_data := {
	"containers": [
		{
			"OCI": {
				"CgroupParent": 0,
				"Domainname": null,
				"RootReadonly": false,
				"RootPath": "/run/redoubt/rootfs",
				"Umask": null,
				"SeccompProfile": "seccompprofile",
				"ApparmorProfile": 6,
				"SelinuxLabel": null,
				"OomScoreAdj": "oomscoreadj",
				"PidsLimit": 9,
				"CpuShares": null,
				"CpuQuota": "cpuquota",
				"CpuPeriod": 12,
				"Cpus": null,
				"Mems": "mems",
				"MemoryLimit": 15,
				"MemorySwap": null,
				"MemoryReservation": "memoryreservation",
				"KernelMemory": 18,
				"Swappiness": null,
				"DisableOOMKiller": "disableoomkiller",
				"BlockIOWeight": 21,
				"NetworkClass": null,
				"NetworkPriority": "networkpriority",
				"RootfsPropagation": 24,
				"MountLabel": null,
				"IntelRdt": "intelrdt",
				"Personality": 27,
				"TimeOffset": null,
				"IoPriority": "iopriority",
				"Scheduler": 30,
				"Tracing": null,
				"HooksPrestart": "hooksprestart",
				"HooksPoststart": 33,
				"HooksPoststop": null,
				"VmKernel": "vmkernel",
				"VmImage": 36,
				"WindowsLayer": null,
				"SolarisZone": "solariszone",
				"Version": "1.1.0-rc.1",
				"Hostname": "",
				"Annotations": {
					"io.kubernetes.cri.container-type": "sandbox",
					"io.redoubt.index": "0"
				},
				"Process": {
					"Terminal": false,
					"Cwd": "/",
					"NoNewPrivileges": true,
					"User": {
						"UID": 1000,
						"GID": 1000,
						"AdditionalGids": [
							10,
							20
						]
					},
					"Args": [
						"/pause"
					],
					"Env": [
						"PATH=/usr/local/bin:/usr/bin:/bin",
						"HOSTNAME=$(sandbox-name)",
						"SETTING_0=value-0-0",
						"SETTING_1=value-1-0",
						"SETTING_2=value-2-0",
						"SETTING_3=value-3-0",
						"SETTING_4=value-4-0",
						"SETTING_5=value-5-0",
						"SETTING_6=value-6-0",
						"SETTING_7=value-7-0",
						"SETTING_8=value-8-0",
						"SETTING_9=value-9-0",
						"SETTING_10=value-10-0",
						"SETTING_11=value-11-0"
					],
					"Capabilities": {
						"Ambient": [],
						"Bounding": [
							"$(default)"
						],
						"Effective": [
							"$(default)"
						],
						"Inheritable": [],
						"Permitted": [
							"$(default)"
						]
					}
				},
				"Linux": {
					"Namespaces": [
						{
							"Type": "ipc",
							"Path": ""
						},
						{
							"Type": "uts",
							"Path": ""
						},
						{
							"Type": "mount",
							"Path": ""
						},
						{
							"Type": "pid",
							"Path": ""
						},
						{
							"Type": "cgroup",
							"Path": ""
						}
					],
					"MaskedPaths": [
						"/proc/acpi",
						"/proc/kcore",
						"/proc/keys",
						"/proc/timer_list",
						"/sys/firmware",
						"/proc/scsi"
					],
					"ReadonlyPaths": [
						"/proc/asound",
						"/proc/bus",
						"/proc/fs",
						"/proc/irq",
						"/proc/sys",
						"/proc/sysrq-trigger"
					],
					"Devices": []
				},
				"Mounts": [
					{
						"destination": "/proc",
						"source": "proc",
						"type_": "proc",
						"options": [
							"nosuid",
							"noexec",
							"nodev"
						]
					},
					{
						"destination": "/dev",
						"source": "tmpfs",
						"type_": "tmpfs",
						"options": [
							"nosuid",
							"mode=755",
							"size=65536k"
						]
					},
					{
						"destination": "/sys",
						"source": "sysfs",
						"type_": "sysfs",
						"options": [
							"nosuid",
							"noexec",
							"nodev",
							"ro"
						]
					},
					{
						"destination": "/etc/hosts",
						"source": "$(share)/$(id)-[0-9a-f]{16}-hosts",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/etc/resolv.conf",
						"source": "$(share)/$(id)-[0-9a-f]{16}-resolv.conf",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/var/run/secrets",
						"source": "$(share)/$(id)-[0-9a-f]{16}-secrets",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"ro"
						]
					}
				]
			},
			"storages": [
				{
					"driver": "overlay",
					"fstype": "overlay",
					"mount_point": "/run/redoubt/layers/0",
					"options": [],
					"layers": [
						"0000000000000000000000000000000000000000000000000000000000000000",
						"0101010101010101010101010101010101010101010101010101010101010101",
						"0202020202020202020202020202020202020202020202020202020202020202",
						"0303030303030303030303030303030303030303030303030303030303030303",
						"0404040404040404040404040404040404040404040404040404040404040404"
					]
				},
				{
					"driver": "ephemeral",
					"fstype": "tmpfs",
					"mount_point": "/run/redoubt/ephemeral/0",
					"options": [
						"size=64m"
					],
					"layers": []
				}
			],
			"exec_commands": [
				"/bin/ready 0",
				"/bin/live --quick"
			]
		},
		{
			"OCI": {
				"CgroupParent": 0,
				"Domainname": null,
				"RootReadonly": false,
				"RootPath": "/run/redoubt/rootfs",
				"Umask": null,
				"SeccompProfile": "seccompprofile",
				"ApparmorProfile": 6,
				"SelinuxLabel": null,
				"OomScoreAdj": "oomscoreadj",
				"PidsLimit": 9,
				"CpuShares": null,
				"CpuQuota": "cpuquota",
				"CpuPeriod": 12,
				"Cpus": null,
				"Mems": "mems",
				"MemoryLimit": 15,
				"MemorySwap": null,
				"MemoryReservation": "memoryreservation",
				"KernelMemory": 18,
				"Swappiness": null,
				"DisableOOMKiller": "disableoomkiller",
				"BlockIOWeight": 21,
				"NetworkClass": null,
				"NetworkPriority": "networkpriority",
				"RootfsPropagation": 24,
				"MountLabel": null,
				"IntelRdt": "intelrdt",
				"Personality": 27,
				"TimeOffset": null,
				"IoPriority": "iopriority",
				"Scheduler": 30,
				"Tracing": null,
				"HooksPrestart": "hooksprestart",
				"HooksPoststart": 33,
				"HooksPoststop": null,
				"VmKernel": "vmkernel",
				"VmImage": 36,
				"WindowsLayer": null,
				"SolarisZone": "solariszone",
				"Version": "1.1.0-rc.1",
				"Hostname": "",
				"Annotations": {
					"io.kubernetes.cri.container-type": "container",
					"io.redoubt.index": "1"
				},
				"Process": {
					"Terminal": false,
					"Cwd": "/srv",
					"NoNewPrivileges": true,
					"User": {
						"UID": 1001,
						"GID": 1000,
						"AdditionalGids": [
							10,
							20
						]
					},
					"Args": [
						"/bin/server",
						"--port",
						"8001",
						"--price=$$5"
					],
					"Env": [
						"PATH=/usr/local/bin:/usr/bin:/bin",
						"HOSTNAME=$(sandbox-name)",
						"SETTING_0=value-0-1",
						"SETTING_1=value-1-1",
						"SETTING_2=value-2-1",
						"SETTING_3=value-3-1",
						"SETTING_4=value-4-1",
						"SETTING_5=value-5-1",
						"SETTING_6=value-6-1",
						"SETTING_7=value-7-1",
						"SETTING_8=value-8-1",
						"SETTING_9=value-9-1",
						"SETTING_10=value-10-1",
						"SETTING_11=value-11-1"
					],
					"Capabilities": {
						"Ambient": [],
						"Bounding": [
							"$(default)"
						],
						"Effective": [
							"$(default)"
						],
						"Inheritable": [],
						"Permitted": [
							"$(default)"
						]
					}
				},
				"Linux": {
					"Namespaces": [
						{
							"Type": "ipc",
							"Path": ""
						},
						{
							"Type": "uts",
							"Path": ""
						},
						{
							"Type": "mount",
							"Path": ""
						},
						{
							"Type": "pid",
							"Path": ""
						},
						{
							"Type": "cgroup",
							"Path": ""
						}
					],
					"MaskedPaths": [
						"/proc/acpi",
						"/proc/kcore",
						"/proc/keys",
						"/proc/timer_list",
						"/sys/firmware",
						"/proc/scsi"
					],
					"ReadonlyPaths": [
						"/proc/asound",
						"/proc/bus",
						"/proc/fs",
						"/proc/irq",
						"/proc/sys",
						"/proc/sysrq-trigger"
					],
					"Devices": [
						{
							"Path": "/dev/null"
						}
					]
				},
				"Mounts": [
					{
						"destination": "/proc",
						"source": "proc",
						"type_": "proc",
						"options": [
							"nosuid",
							"noexec",
							"nodev"
						]
					},
					{
						"destination": "/dev",
						"source": "tmpfs",
						"type_": "tmpfs",
						"options": [
							"nosuid",
							"mode=755",
							"size=65536k"
						]
					},
					{
						"destination": "/sys",
						"source": "sysfs",
						"type_": "sysfs",
						"options": [
							"nosuid",
							"noexec",
							"nodev",
							"ro"
						]
					},
					{
						"destination": "/etc/hosts",
						"source": "$(share)/$(id)-[0-9a-f]{16}-hosts",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/etc/resolv.conf",
						"source": "$(share)/$(id)-[0-9a-f]{16}-resolv.conf",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/var/run/secrets",
						"source": "$(share)/$(id)-[0-9a-f]{16}-secrets",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"ro"
						]
					}
				]
			},
			"storages": [
				{
					"driver": "overlay",
					"fstype": "overlay",
					"mount_point": "/run/redoubt/layers/1",
					"options": [],
					"layers": [
						"1010101010101010101010101010101010101010101010101010101010101010",
						"1111111111111111111111111111111111111111111111111111111111111111",
						"1212121212121212121212121212121212121212121212121212121212121212",
						"1313131313131313131313131313131313131313131313131313131313131313",
						"1414141414141414141414141414141414141414141414141414141414141414"
					]
				},
				{
					"driver": "ephemeral",
					"fstype": "tmpfs",
					"mount_point": "/run/redoubt/ephemeral/1",
					"options": [
						"size=64m"
					],
					"layers": []
				}
			],
			"exec_commands": [
				"/bin/ready 1",
				"/bin/live --quick"
			]
		},
		{
			"OCI": {
				"CgroupParent": 0,
				"Domainname": null,
				"RootReadonly": false,
				"RootPath": "/run/redoubt/rootfs",
				"Umask": null,
				"SeccompProfile": "seccompprofile",
				"ApparmorProfile": 6,
				"SelinuxLabel": null,
				"OomScoreAdj": "oomscoreadj",
				"PidsLimit": 9,
				"CpuShares": null,
				"CpuQuota": "cpuquota",
				"CpuPeriod": 12,
				"Cpus": null,
				"Mems": "mems",
				"MemoryLimit": 15,
				"MemorySwap": null,
				"MemoryReservation": "memoryreservation",
				"KernelMemory": 18,
				"Swappiness": null,
				"DisableOOMKiller": "disableoomkiller",
				"BlockIOWeight": 21,
				"NetworkClass": null,
				"NetworkPriority": "networkpriority",
				"RootfsPropagation": 24,
				"MountLabel": null,
				"IntelRdt": "intelrdt",
				"Personality": 27,
				"TimeOffset": null,
				"IoPriority": "iopriority",
				"Scheduler": 30,
				"Tracing": null,
				"HooksPrestart": "hooksprestart",
				"HooksPoststart": 33,
				"HooksPoststop": null,
				"VmKernel": "vmkernel",
				"VmImage": 36,
				"WindowsLayer": null,
				"SolarisZone": "solariszone",
				"Version": "1.1.0-rc.1",
				"Hostname": "",
				"Annotations": {
					"io.kubernetes.cri.container-type": "container",
					"io.redoubt.index": "2"
				},
				"Process": {
					"Terminal": false,
					"Cwd": "/srv",
					"NoNewPrivileges": true,
					"User": {
						"UID": 1002,
						"GID": 1000,
						"AdditionalGids": [
							10,
							20
						]
					},
					"Args": [
						"/bin/server",
						"--port",
						"8002",
						"--price=$$5"
					],
					"Env": [
						"PATH=/usr/local/bin:/usr/bin:/bin",
						"HOSTNAME=$(sandbox-name)",
						"SETTING_0=value-0-2",
						"SETTING_1=value-1-2",
						"SETTING_2=value-2-2",
						"SETTING_3=value-3-2",
						"SETTING_4=value-4-2",
						"SETTING_5=value-5-2",
						"SETTING_6=value-6-2",
						"SETTING_7=value-7-2",
						"SETTING_8=value-8-2",
						"SETTING_9=value-9-2",
						"SETTING_10=value-10-2",
						"SETTING_11=value-11-2"
					],
					"Capabilities": {
						"Ambient": [],
						"Bounding": [
							"$(default)"
						],
						"Effective": [
							"$(default)"
						],
						"Inheritable": [],
						"Permitted": [
							"$(default)",
							"CAP_SYS_PTRACE"
						]
					}
				},
				"Linux": {
					"Namespaces": [
						{
							"Type": "ipc",
							"Path": ""
						},
						{
							"Type": "uts",
							"Path": ""
						},
						{
							"Type": "mount",
							"Path": ""
						},
						{
							"Type": "pid",
							"Path": ""
						},
						{
							"Type": "cgroup",
							"Path": ""
						}
					],
					"MaskedPaths": [
						"/proc/acpi",
						"/proc/kcore",
						"/proc/keys",
						"/proc/timer_list",
						"/sys/firmware",
						"/proc/scsi"
					],
					"ReadonlyPaths": [
						"/proc/asound",
						"/proc/bus",
						"/proc/fs",
						"/proc/irq",
						"/proc/sys",
						"/proc/sysrq-trigger"
					],
					"Devices": [
						{
							"Path": "/dev/null"
						}
					]
				},
				"Mounts": [
					{
						"destination": "/proc",
						"source": "proc",
						"type_": "proc",
						"options": [
							"nosuid",
							"noexec",
							"nodev"
						]
					},
					{
						"destination": "/dev",
						"source": "tmpfs",
						"type_": "tmpfs",
						"options": [
							"nosuid",
							"mode=755",
							"size=65536k"
						]
					},
					{
						"destination": "/sys",
						"source": "sysfs",
						"type_": "sysfs",
						"options": [
							"nosuid",
							"noexec",
							"nodev",
							"ro"
						]
					},
					{
						"destination": "/etc/hosts",
						"source": "$(share)/$(id)-[0-9a-f]{16}-hosts",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/etc/resolv.conf",
						"source": "$(share)/$(id)-[0-9a-f]{16}-resolv.conf",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/var/run/secrets",
						"source": "$(share)/$(id)-[0-9a-f]{16}-secrets",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"ro"
						]
					}
				]
			},
			"storages": [
				{
					"driver": "overlay",
					"fstype": "overlay",
					"mount_point": "/run/redoubt/layers/2",
					"options": [],
					"layers": [
						"2020202020202020202020202020202020202020202020202020202020202020",
						"2121212121212121212121212121212121212121212121212121212121212121",
						"2222222222222222222222222222222222222222222222222222222222222222",
						"2323232323232323232323232323232323232323232323232323232323232323",
						"2424242424242424242424242424242424242424242424242424242424242424"
					]
				},
				{
					"driver": "ephemeral",
					"fstype": "tmpfs",
					"mount_point": "/run/redoubt/ephemeral/2",
					"options": [
						"size=64m"
					],
					"layers": []
				}
			],
			"exec_commands": [
				"/bin/ready 2",
				"/bin/live --quick"
			]
		},
		{
			"OCI": {
				"CgroupParent": 0,
				"Domainname": null,
				"RootReadonly": false,
				"RootPath": "/run/redoubt/rootfs",
				"Umask": null,
				"SeccompProfile": "seccompprofile",
				"ApparmorProfile": 6,
				"SelinuxLabel": null,
				"OomScoreAdj": "oomscoreadj",
				"PidsLimit": 9,
				"CpuShares": null,
				"CpuQuota": "cpuquota",
				"CpuPeriod": 12,
				"Cpus": null,
				"Mems": "mems",
				"MemoryLimit": 15,
				"MemorySwap": null,
				"MemoryReservation": "memoryreservation",
				"KernelMemory": 18,
				"Swappiness": null,
				"DisableOOMKiller": "disableoomkiller",
				"BlockIOWeight": 21,
				"NetworkClass": null,
				"NetworkPriority": "networkpriority",
				"RootfsPropagation": 24,
				"MountLabel": null,
				"IntelRdt": "intelrdt",
				"Personality": 27,
				"TimeOffset": null,
				"IoPriority": "iopriority",
				"Scheduler": 30,
				"Tracing": null,
				"HooksPrestart": "hooksprestart",
				"HooksPoststart": 33,
				"HooksPoststop": null,
				"VmKernel": "vmkernel",
				"VmImage": 36,
				"WindowsLayer": null,
				"SolarisZone": "solariszone",
				"Version": "1.1.0-rc.1",
				"Hostname": "",
				"Annotations": {
					"io.kubernetes.cri.container-type": "container",
					"io.redoubt.index": "3"
				},
				"Process": {
					"Terminal": false,
					"Cwd": "/srv",
					"NoNewPrivileges": true,
					"User": {
						"UID": 1003,
						"GID": 1000,
						"AdditionalGids": [
							10,
							20
						]
					},
					"Args": [
						"/bin/server",
						"--port",
						"8003",
						"--price=$$5"
					],
					"Env": [
						"PATH=/usr/local/bin:/usr/bin:/bin",
						"HOSTNAME=$(sandbox-name)",
						"SETTING_0=value-0-3",
						"SETTING_1=value-1-3",
						"SETTING_2=value-2-3",
						"SETTING_3=value-3-3",
						"SETTING_4=value-4-3",
						"SETTING_5=value-5-3",
						"SETTING_6=value-6-3",
						"SETTING_7=value-7-3",
						"SETTING_8=value-8-3",
						"SETTING_9=value-9-3",
						"SETTING_10=value-10-3",
						"SETTING_11=value-11-3"
					],
					"Capabilities": {
						"Ambient": [],
						"Bounding": [
							"$(default)"
						],
						"Effective": [
							"$(default)"
						],
						"Inheritable": [],
						"Permitted": [
							"$(default)"
						]
					}
				},
				"Linux": {
					"Namespaces": [
						{
							"Type": "ipc",
							"Path": ""
						},
						{
							"Type": "uts",
							"Path": ""
						},
						{
							"Type": "mount",
							"Path": ""
						},
						{
							"Type": "pid",
							"Path": ""
						},
						{
							"Type": "cgroup",
							"Path": ""
						}
					],
					"MaskedPaths": [
						"/proc/acpi",
						"/proc/kcore",
						"/proc/keys",
						"/proc/timer_list",
						"/sys/firmware",
						"/proc/scsi"
					],
					"ReadonlyPaths": [
						"/proc/asound",
						"/proc/bus",
						"/proc/fs",
						"/proc/irq",
						"/proc/sys",
						"/proc/sysrq-trigger"
					],
					"Devices": [
						{
							"Path": "/dev/null"
						}
					]
				},
				"Mounts": [
					{
						"destination": "/proc",
						"source": "proc",
						"type_": "proc",
						"options": [
							"nosuid",
							"noexec",
							"nodev"
						]
					},
					{
						"destination": "/dev",
						"source": "tmpfs",
						"type_": "tmpfs",
						"options": [
							"nosuid",
							"mode=755",
							"size=65536k"
						]
					},
					{
						"destination": "/sys",
						"source": "sysfs",
						"type_": "sysfs",
						"options": [
							"nosuid",
							"noexec",
							"nodev",
							"ro"
						]
					},
					{
						"destination": "/etc/hosts",
						"source": "$(share)/$(id)-[0-9a-f]{16}-hosts",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/etc/resolv.conf",
						"source": "$(share)/$(id)-[0-9a-f]{16}-resolv.conf",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/var/run/secrets",
						"source": "$(share)/$(id)-[0-9a-f]{16}-secrets",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"ro"
						]
					}
				]
			},
			"storages": [
				{
					"driver": "overlay",
					"fstype": "overlay",
					"mount_point": "/run/redoubt/layers/3",
					"options": [],
					"layers": [
						"3030303030303030303030303030303030303030303030303030303030303030",
						"3131313131313131313131313131313131313131313131313131313131313131",
						"3232323232323232323232323232323232323232323232323232323232323232",
						"3333333333333333333333333333333333333333333333333333333333333333",
						"3434343434343434343434343434343434343434343434343434343434343434"
					]
				},
				{
					"driver": "ephemeral",
					"fstype": "tmpfs",
					"mount_point": "/run/redoubt/ephemeral/3",
					"options": [
						"size=64m"
					],
					"layers": []
				}
			],
			"exec_commands": [
				"/bin/ready 3",
				"/bin/live --quick"
			]
		},
		{
			"OCI": {
				"CgroupParent": 0,
				"Domainname": null,
				"RootReadonly": false,
				"RootPath": "/run/redoubt/rootfs",
				"Umask": null,
				"SeccompProfile": "seccompprofile",
				"ApparmorProfile": 6,
				"SelinuxLabel": null,
				"OomScoreAdj": "oomscoreadj",
				"PidsLimit": 9,
				"CpuShares": null,
				"CpuQuota": "cpuquota",
				"CpuPeriod": 12,
				"Cpus": null,
				"Mems": "mems",
				"MemoryLimit": 15,
				"MemorySwap": null,
				"MemoryReservation": "memoryreservation",
				"KernelMemory": 18,
				"Swappiness": null,
				"DisableOOMKiller": "disableoomkiller",
				"BlockIOWeight": 21,
				"NetworkClass": null,
				"NetworkPriority": "networkpriority",
				"RootfsPropagation": 24,
				"MountLabel": null,
				"IntelRdt": "intelrdt",
				"Personality": 27,
				"TimeOffset": null,
				"IoPriority": "iopriority",
				"Scheduler": 30,
				"Tracing": null,
				"HooksPrestart": "hooksprestart",
				"HooksPoststart": 33,
				"HooksPoststop": null,
				"VmKernel": "vmkernel",
				"VmImage": 36,
				"WindowsLayer": null,
				"SolarisZone": "solariszone",
				"Version": "1.1.0-rc.1",
				"Hostname": "",
				"Annotations": {
					"io.kubernetes.cri.container-type": "container",
					"io.redoubt.index": "4"
				},
				"Process": {
					"Terminal": false,
					"Cwd": "/srv",
					"NoNewPrivileges": true,
					"User": {
						"UID": 1004,
						"GID": 1000,
						"AdditionalGids": [
							10,
							20
						]
					},
					"Args": [
						"/bin/server",
						"--port",
						"8004",
						"--price=$$5"
					],
					"Env": [
						"PATH=/usr/local/bin:/usr/bin:/bin",
						"HOSTNAME=$(sandbox-name)",
						"SETTING_0=value-0-4",
						"SETTING_1=value-1-4",
						"SETTING_2=value-2-4",
						"SETTING_3=value-3-4",
						"SETTING_4=value-4-4",
						"SETTING_5=value-5-4",
						"SETTING_6=value-6-4",
						"SETTING_7=value-7-4",
						"SETTING_8=value-8-4",
						"SETTING_9=value-9-4",
						"SETTING_10=value-10-4",
						"SETTING_11=value-11-4"
					],
					"Capabilities": {
						"Ambient": [],
						"Bounding": [
							"$(default)"
						],
						"Effective": [
							"$(default)"
						],
						"Inheritable": [],
						"Permitted": [
							"$(default)"
						]
					}
				},
				"Linux": {
					"Namespaces": [
						{
							"Type": "ipc",
							"Path": ""
						},
						{
							"Type": "uts",
							"Path": ""
						},
						{
							"Type": "mount",
							"Path": ""
						},
						{
							"Type": "pid",
							"Path": ""
						},
						{
							"Type": "cgroup",
							"Path": ""
						}
					],
					"MaskedPaths": [
						"/proc/acpi",
						"/proc/kcore",
						"/proc/keys",
						"/proc/timer_list",
						"/sys/firmware",
						"/proc/scsi"
					],
					"ReadonlyPaths": [
						"/proc/asound",
						"/proc/bus",
						"/proc/fs",
						"/proc/irq",
						"/proc/sys",
						"/proc/sysrq-trigger"
					],
					"Devices": [
						{
							"Path": "/dev/null"
						}
					]
				},
				"Mounts": [
					{
						"destination": "/proc",
						"source": "proc",
						"type_": "proc",
						"options": [
							"nosuid",
							"noexec",
							"nodev"
						]
					},
					{
						"destination": "/dev",
						"source": "tmpfs",
						"type_": "tmpfs",
						"options": [
							"nosuid",
							"mode=755",
							"size=65536k"
						]
					},
					{
						"destination": "/sys",
						"source": "sysfs",
						"type_": "sysfs",
						"options": [
							"nosuid",
							"noexec",
							"nodev",
							"ro"
						]
					},
					{
						"destination": "/etc/hosts",
						"source": "$(share)/$(id)-[0-9a-f]{16}-hosts",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/etc/resolv.conf",
						"source": "$(share)/$(id)-[0-9a-f]{16}-resolv.conf",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"rw"
						]
					},
					{
						"destination": "/var/run/secrets",
						"source": "$(share)/$(id)-[0-9a-f]{16}-secrets",
						"type_": "bind",
						"options": [
							"rbind",
							"rprivate",
							"ro"
						]
					}
				]
			},
			"storages": [
				{
					"driver": "overlay",
					"fstype": "overlay",
					"mount_point": "/run/redoubt/layers/4",
					"options": [],
					"layers": [
						"4040404040404040404040404040404040404040404040404040404040404040",
						"4141414141414141414141414141414141414141414141414141414141414141",
						"4242424242424242424242424242424242424242424242424242424242424242",
						"4343434343434343434343434343434343434343434343434343434343434343",
						"4444444444444444444444444444444444444444444444444444444444444444"
					]
				},
				{
					"driver": "ephemeral",
					"fstype": "tmpfs",
					"mount_point": "/run/redoubt/ephemeral/4",
					"options": [
						"size=64m"
					],
					"layers": []
				}
			],
			"exec_commands": [
				"/bin/ready 4",
				"/bin/live --quick"
			]
		}
	],
	"common": {
		"word": "[A-Z0-9_]+",
		"share": "/run/redoubt/shared",
		"default_capabilities": [
			"CAP_CHOWN",
			"CAP_DAC_OVERRIDE",
			"CAP_FSETID",
			"CAP_FOWNER",
			"CAP_MKNOD",
			"CAP_NET_RAW",
			"CAP_SETGID",
			"CAP_SETUID",
			"CAP_SETFCAP",
			"CAP_SETPCAP",
			"CAP_NET_BIND_SERVICE",
			"CAP_SYS_CHROOT",
			"CAP_KILL",
			"CAP_AUDIT_WRITE"
		],
		"allow_streams": true,
		"annotation_patterns": [
			"^[a-z0-9.-]{1,253}$",
			"^[0-9a-f]{64}$"
		],
		"service_names": [
			"$(word)_SERVICE_HOST",
			"$(word)_SERVICE_PORT",
			"$(word)_PORT_[0-9]{1,5}_TCP(_PORT|_ADDR|_PROTO)?"
		],
		"exec_patterns": [
			"^/bin/probe( --[a-z]+)*$"
		],
		"copy_patterns": [
			"^$(share)/[a-z0-9-]+$"
		]
	}
}
