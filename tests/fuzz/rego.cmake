# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_rego)
    redoubt_fuzz(fuzz_rego_parse LIBS redoubt_common_rego_syntax)
    redoubt_fuzz(fuzz_rego_compile LIBS redoubt_common_rego)
    redoubt_fuzz(fuzz_rego_eval LIBS redoubt_common_rego)
    redoubt_fuzz(fuzz_rego_oracle LIBS redoubt_tests_rego)
    redoubt_fuzz(fuzz_rego_json LIBS redoubt_common_rego_value)
endif()
