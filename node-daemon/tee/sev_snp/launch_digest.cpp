// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/tee/sev_snp/launch_digest.hpp"

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/sev_snp/launch_digest.hpp"

namespace redoubt::node::tee::sev_snp {
namespace {

namespace arithmetic = redoubt::tee::sev_snp;

constexpr std::uint64_t k_most_firmware = 64U << 20U;
constexpr std::uint64_t k_most_file = 1ULL << 30U;

} // namespace

Result<std::string> launch_digest_of(const launch::VmSpec& vm, const std::filesystem::path& firmware,
                                     const std::string& cpu_model) {
    RDT_TRY(const auto image, read_file(firmware, k_most_firmware));
    RDT_TRY(const auto kernel, read_file(vm.kernel, k_most_file));
    RDT_TRY(const auto initramfs, read_file(vm.initramfs, k_most_file));
    arithmetic::LaunchInputs inputs;
    inputs.image = image;
    RDT_TRY(inputs.firmware,
            arithmetic::parse_firmware(image).transform_error(context("{}", firmware.native())));
    RDT_TRY(inputs.kernel, arithmetic::hash_kernel(kernel, initramfs, vm.cmdline));
    inputs.vcpus = vm.vcpus;
    RDT_TRY(inputs.vcpu_signature, arithmetic::signature_of_cpu(cpu_model));
    RDT_TRY(const auto digest, arithmetic::launch_digest(inputs));
    return encoding::to_hex(digest);
}

} // namespace redoubt::node::tee::sev_snp
