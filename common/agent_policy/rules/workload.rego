# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
#
# -- What the guest's own containers may have of its workload API, each by the slot it was allowed in

WorkloadApiRequest if {
	input.api == "resource"
	some pattern in workload_rights.resources_like
	regex.match(pattern, input.resource)
}

WorkloadApiRequest if {
	input.api in {"token", "evidence", "event"}
	workload_rights[input.api] == true
}

workload_rights := policy_data.containers[held[input.container_id].slot].workload_api
