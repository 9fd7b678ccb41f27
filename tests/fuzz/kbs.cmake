# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_services_reference_values)
    redoubt_fuzz(fuzz_corim LIBS redoubt_services_reference_values)
endif()
if(TARGET redoubt_services_key_broker)
    redoubt_fuzz(fuzz_kbs_bodies LIBS redoubt_services_key_broker)
endif()
if(TARGET redoubt_services_vendors_pure)
    redoubt_fuzz(fuzz_vendor_answers LIBS redoubt_services_vendors_pure)
endif()
