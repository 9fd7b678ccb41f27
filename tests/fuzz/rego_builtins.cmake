# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_rego_builtins)
    redoubt_fuzz(fuzz_rego_patterns LIBS redoubt_common_rego_builtins)
    redoubt_fuzz(fuzz_rego_schema LIBS redoubt_common_rego_builtins)
    redoubt_fuzz(fuzz_rego_time_layout LIBS redoubt_common_rego_builtins)
    redoubt_fuzz(fuzz_rego_yaml LIBS redoubt_common_rego_builtins)
endif()
