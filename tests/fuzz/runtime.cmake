# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_node_runtime)
    redoubt_fuzz(fuzz_runtime_output LIBS redoubt_node_runtime)
endif()
