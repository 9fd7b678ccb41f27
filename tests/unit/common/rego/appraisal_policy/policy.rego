# An appraisal of evidence in the shape of EAR: trust claims with defaults, each raised or lowered by rules.
package policy

import rego.v1

default instance_identity := 0
default configuration := 36
default executables := 33
default file_system := 0
default hardware := 33
default runtime_opaque := 0
default storage_opaque := 0
default sourced_data := 0
default extra_0 := 0
default extra_1 := 1
default extra_2 := 2
default extra_3 := 3
default extra_4 := 0
default extra_5 := 1
default extra_6 := 2
default extra_7 := 3
default extra_8 := 0
default extra_9 := 1
default extra_10 := 2
default extra_11 := 3
default extra_12 := 0
default extra_13 := 1
default extra_14 := 2
default extra_15 := 3
default extra_16 := 0
default extra_17 := 1
default extra_18 := 2
default extra_19 := 3
default extra_20 := 0
default extra_21 := 1
default extra_22 := 2
default extra_23 := 3
default extra_24 := 0
default extra_25 := 1
default extra_26 := 2
default extra_27 := 3
default extra_28 := 0
default extra_29 := 1
default extra_30 := 2
default extra_31 := 3
default extra_32 := 0
default extra_33 := 1
default extra_34 := 2
default extra_35 := 3
default extra_36 := 0
default extra_37 := 1
default extra_38 := 2
default extra_39 := 3
default extra_40 := 0
default extra_41 := 1
default extra_42 := 2
default extra_43 := 3
default extra_44 := 0
default extra_45 := 1
default extra_46 := 2
default extra_47 := 3
default extra_48 := 0
default extra_49 := 1
default extra_50 := 2
default extra_51 := 3
default extra_52 := 0
default extra_53 := 1
default extra_54 := 2
default extra_55 := 3
default extra_56 := 0
default extra_57 := 1

reference_values := {
	"snp_launch_measurement": ["aa11", "bb22", "cc33"],
	"tcb_bootloader": [3, 4],
	"tcb_snp": [8, 14],
	"tdx_mr_td": ["00ff", "11ee"],
	"sample_svn": [1],
}

query(name) := reference_values[name]

executables := 3 if {
	input.snp
	input.snp.measurement in query("snp_launch_measurement")
}

hardware := 2 if {
	input.snp
	input.snp.reported_tcb_bootloader in query("tcb_bootloader")
	input.snp.reported_tcb_snp in query("tcb_snp")
}

configuration := 2 if {
	input.snp
	input.snp.platform_smt_enabled == true
	input.snp.policy_debug_allowed == false
} else := 3 if {
	input.snp
	input.snp.policy_debug_allowed == false
}

executables := 3 if {
	input.tdx
	input.tdx.quote.body.mr_td in query("tdx_mr_td")
}

hardware := 2 if {
	input.tdx
	input.tdx.quote.header.tee_type == "81000000"
}

configuration := 3 if {
	input.tdx
	input.tdx.td_attributes.debug == false
}

executables := 3 if {
	input.sample
	input.sample.svn in query("sample_svn")
}

hardware := 2 if {
	input.sample
	input.sample.debug == false
}

trust_claims := {
	"instance-identity": instance_identity,
	"configuration": configuration,
	"executables": executables,
	"file-system": file_system,
	"hardware": hardware,
	"runtime-opaque": runtime_opaque,
	"storage-opaque": storage_opaque,
	"sourced-data": sourced_data,
}
