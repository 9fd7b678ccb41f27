# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_rpc AND TARGET redoubt_node_metrics_history)
    redoubt_fuzz(fuzz_remote LIBS redoubt_common_pairing redoubt_common_rpc redoubt_node_metrics_history)
endif()
