# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_appliance)
    redoubt_fuzz(fuzz_appliance_answers LIBS redoubt_common_appliance)
endif()
