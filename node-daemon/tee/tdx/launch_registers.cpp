// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/tee/tdx/launch_registers.hpp"

#include "common/base/file.hpp"
#include "common/encoding/hex.hpp"
#include "common/tee/evidence/pe_image.hpp"
#include "common/tee/tdx/launch_measurement.hpp"

namespace redoubt::node::tee::tdx {
namespace {

namespace arithmetic = redoubt::tee::tdx;

constexpr std::uint64_t k_most_firmware = 64U << 20U;
constexpr std::uint64_t k_most_file = 1ULL << 30U;

} // namespace

Result<std::string> mr_td_of(const std::filesystem::path& firmware) {
    RDT_TRY(const auto image, read_file(firmware, k_most_firmware));
    // QEMU adds a region's pages, then measures them.
    RDT_TRY(const auto mr_td, arithmetic::mrtd_of(image, arithmetic::PageOrder::two_passes)
                                  .transform_error(context("{}", firmware.native())));
    return encoding::to_hex(mr_td);
}

Result<LaunchRegisters> launch_registers_of(const launch::VmSpec& vm, const std::filesystem::path& firmware) {
    LaunchRegisters registers;
    RDT_TRY(registers.mr_td, mr_td_of(firmware));
    RDT_TRY(const auto kernel, read_file(vm.kernel, k_most_file));
    RDT_TRY(const auto initramfs, read_file(vm.initramfs, k_most_file));
    RDT_TRY(const auto image,
            redoubt::tee::parse_pe_image(kernel).transform_error(context("{}", vm.kernel.native())));
    RDT_TRY(const auto hash, redoubt::tee::authenticode_hash(image, redoubt::tee::Hash::sha384));
    RDT_TRY(const auto rtmr1, arithmetic::rtmr1_of(hash, arithmetic::SeparatorPlace::rtmr1));
    RDT_TRY(const auto rtmr2, arithmetic::rtmr2_of(vm.cmdline, initramfs));
    registers.rtmr1 = encoding::to_hex(rtmr1);
    registers.rtmr2 = encoding::to_hex(rtmr2);
    return registers;
}

} // namespace redoubt::node::tee::tdx
