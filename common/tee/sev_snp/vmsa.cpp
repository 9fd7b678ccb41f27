// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/vmsa.hpp"

#include <initializer_list>

namespace redoubt::tee::sev_snp {
namespace {

constexpr std::uint32_t k_first_eip = 0xFFFFFFF0;

class SaveArea {
  public:
    SaveArea() : bytes_(4096, '\0') {}

    void number(std::size_t offset, std::uint64_t value, std::size_t size = 8) {
        for (std::size_t i = 0; i < size; ++i)
            bytes_[offset + i] = static_cast<char>(value >> (8 * i) & 0xFFU);
    }
    void segment(std::size_t offset, std::uint16_t selector, std::uint16_t attributes, std::uint64_t base,
                 std::uint32_t limit = 0xFFFF) {
        number(offset, selector, 2);
        number(offset + 2, attributes, 2);
        number(offset + 4, limit, 4);
        number(offset + 8, base);
    }
    [[nodiscard]] std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

/// What differs between those who start guests.
struct Defaults {
    std::uint16_t cs = 0x9B;
    std::uint16_t ss = 0x93;
    std::uint16_t tr = 0x8B;
    std::uint32_t rdx = 0;
    std::uint32_t mxcsr = 0x1F80;
    std::uint16_t fcw = 0x37F;
    std::uint64_t pat = 0x0007040600070406;
};

Defaults defaults_of(Vmm vmm, std::uint32_t eip, std::uint32_t vcpu_signature) {
    switch (vmm) {
    case Vmm::qemu: return {.rdx = vcpu_signature};
    case Vmm::ec2:
        return {.cs = static_cast<std::uint16_t>(eip == k_first_eip ? 0x9A : 0x9B),
                .ss = 0x92,
                .tr = 0x83,
                .rdx = 0x600,
                .mxcsr = 0,
                .fcw = 0};
    case Vmm::gce: return {.rdx = 0x600, .mxcsr = 0, .fcw = 0, .pat = 0x70106};
    }
    return {};
}

} // namespace

std::string make_vmsa(Vmm vmm, std::uint32_t eip, std::uint64_t features, std::uint32_t vcpu_signature) {
    const auto defaults = defaults_of(vmm, eip, vcpu_signature);
    SaveArea area;
    for (const std::size_t offset : {0x00U, 0x30U, 0x40U, 0x50U})
        area.segment(offset, 0, 0x93, 0); // es, ds, fs, gs
    area.segment(0x10, 0xF000, defaults.cs, eip & 0xFFFF0000U);
    area.segment(0x20, 0, defaults.ss, 0);
    area.segment(0x60, 0, 0, 0);    // gdtr
    area.segment(0x70, 0, 0x82, 0); // ldtr
    area.segment(0x80, 0, 0, 0);    // idtr
    area.segment(0x90, 0, defaults.tr, 0);
    area.number(0xD0, 0x1000);      // EFER: SVME
    area.number(0x148, 0x40);       // CR4: MCE
    area.number(0x158, 0x10);       // CR0: ET
    area.number(0x160, 0x400);      // DR7
    area.number(0x168, 0xFFFF0FF0); // DR6
    area.number(0x170, 2);          // RFLAGS
    area.number(0x178, eip & 0xFFFFU);
    area.number(0x268, defaults.pat); // G_PAT
    area.number(0x310, defaults.rdx);
    area.number(0x3B0, features);
    area.number(0x3E8, 1); // XCR0
    area.number(0x408, defaults.mxcsr, 4);
    area.number(0x410, defaults.fcw, 2);
    return area.take();
}

std::string make_svsm_vmsa(std::uint32_t eip, std::uint64_t features, std::uint32_t vcpu_signature) {
    constexpr std::uint32_t k_flat = 0xFFFFFFFF;
    SaveArea area;
    for (const std::size_t offset : {0x00U, 0x20U, 0x30U, 0x40U})
        area.segment(offset, 0x10, 0xC93, 0, k_flat);
    area.segment(0x10, 8, 0xC9B, 0, k_flat);
    area.segment(0x50, 0, 0x93, 0); // gs
    area.segment(0x60, 0, 0, 0);
    area.segment(0x70, 0, 0x82, 0);
    area.segment(0x80, 0, 0, 0);
    area.segment(0x90, 0, 0x8B, 0);
    area.number(0xD0, 0x1000);
    area.number(0x148, 0x40);
    area.number(0x158, 0x11); // CR0: ET, PE
    area.number(0x160, 0x400);
    area.number(0x168, 0xFFFF0FF0);
    area.number(0x170, 2);
    area.number(0x178, eip);
    area.number(0x268, 0x0007040600070406);
    area.number(0x310, vcpu_signature);
    area.number(0x3B0, features);
    area.number(0x3E8, 1);
    area.number(0x408, 0x1F80, 4);
    return area.take();
}

} // namespace redoubt::tee::sev_snp
