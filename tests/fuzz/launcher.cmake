# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_node_launcher_protocol)
    redoubt_fuzz(fuzz_launcher LIBS redoubt_node_launcher_protocol)
endif()
