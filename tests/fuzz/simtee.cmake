# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_services_simtee)
    redoubt_fuzz(fuzz_simtee_link LIBS redoubt_common_tee_simtee_link)
    redoubt_fuzz(fuzz_simtee_process LIBS redoubt_services_simtee)
endif()
