# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Redoubt authors
if(TARGET redoubt_common_tee_cli)
    redoubt_fuzz(fuzz_tee_report LIBS redoubt_common_tee_sev_snp)
    redoubt_fuzz(fuzz_tee_quote LIBS redoubt_common_tee_tdx)
    redoubt_fuzz(fuzz_tee_collateral LIBS redoubt_common_tee_tdx)
    redoubt_fuzz(fuzz_tee_x509_extensions LIBS redoubt_common_tee_sev_snp redoubt_common_tee_tdx)
    redoubt_fuzz(fuzz_tee_event_log LIBS redoubt_common_tee_event_log)
    redoubt_fuzz(fuzz_tee_tpm LIBS redoubt_common_tee_tpm)
    redoubt_fuzz(fuzz_tee_host LIBS redoubt_common_tee_host)
    redoubt_fuzz(fuzz_tee_hcl_report LIBS redoubt_common_tee_az_vtpm)
endif()
