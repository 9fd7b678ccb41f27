// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "services/simtee/real_tee.hpp"

#include <array>
#include <string>
#include <string_view>

#include "common/base/file.hpp"

namespace redoubt::services::simtee {
namespace {

namespace fs = std::filesystem;

struct Sign {
    std::string_view place;
    std::string_view meaning;
};
// Source: Linux drivers/crypto/ccp, drivers/virt/coco.
constexpr std::array k_devices{Sign{"dev/sev", "an AMD secure processor"},
                               Sign{"dev/sev-guest", "a guest of SEV-SNP"},
                               Sign{"dev/tdx_guest", "a TDX guest"}, Sign{"dev/tdx-guest", "a TDX guest"},
                               Sign{"sys/devices/virtual/misc/tdx_guest", "a TDX guest"}};
// Source: Linux arch/x86/kvm, module parameters; "Y" or "1" is on.
constexpr std::array k_parameters{Sign{"sys/module/kvm_amd/parameters/sev_snp", "SEV-SNP for guests"},
                                  Sign{"sys/module/kvm_amd/parameters/sev_es", "SEV-ES for guests"},
                                  Sign{"sys/module/kvm_intel/parameters/tdx", "TDX for guests"}};

std::unexpected<Error> refuse(const fs::path& place, std::string_view meaning) {
    return fail(Code::failed_precondition,
                "this machine has {} ({}): a simulator never runs beside the real thing; use that, or "
                "another machine",
                meaning, place.native());
}

} // namespace

Status check_no_real_tee(const fs::path& root) {
    std::error_code error;
    for (const auto& [place, meaning] : k_devices)
        if (fs::exists(root / place, error) || error) return refuse(root / place, meaning);
    for (const auto& [place, meaning] : k_parameters) {
        const auto value = read_file(root / place);
        if (!value && value.error().code == Code::not_found) continue;
        if (!value || value->starts_with('Y') || value->starts_with('1'))
            return refuse(root / place, meaning);
    }
    return {};
}

} // namespace redoubt::services::simtee
