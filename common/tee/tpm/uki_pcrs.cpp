// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tpm/uki_pcrs.hpp"

#include <algorithm>
#include <array>

#include "common/tee/evidence/pe_image.hpp"

namespace redoubt::tee::tpm {
namespace {

// systemd-stub's order; .pcrsig holds signatures of the result and is left out.
constexpr std::array<std::string_view, 14> k_order{".linux",   ".osrel",   ".cmdline", ".initrd", ".ucode",
                                                   ".splash",  ".dtb",     ".uname",   ".sbat",   ".pcrpkey",
                                                   ".profile", ".dtbauto", ".hwids",   ".efifw"};

Status extend(std::string& value, Hash bank, std::string_view data) {
    RDT_TRY(const auto digest, hash_of(bank, {data}));
    RDT_TRY(value, hash_of(bank, {value, digest}));
    return {};
}

} // namespace

Result<std::string> uki_pcr11(std::string_view image, Hash bank, const std::vector<std::string>& phases) {
    RDT_TRY(const auto pe, parse_pe_image(image));
    std::string value(size_of(bank), '\0');
    bool has_kernel = false;
    for (const auto name : k_order) {
        const auto count = std::ranges::count(pe.sections, name, &PeSection::name);
        if (count > 1)
            return fail(Code::invalid_argument,
                        "the image has {} sections {}: images with profiles are not supported", count, name);
        if (count == 0) continue;
        has_kernel = has_kernel || name == ".linux";
        RDT_CHECK(extend(value, bank, std::string(name) + '\0'));
        RDT_CHECK(
            extend(value, bank, section_bytes(pe, *std::ranges::find(pe.sections, name, &PeSection::name))));
    }
    if (!has_kernel) return fail(Code::invalid_argument, "the image has no kernel: no unified kernel image");
    for (const auto& phase : phases) RDT_CHECK(extend(value, bank, phase));
    return value;
}

Result<std::string> uki_pcr4(std::string_view image, Hash bank) {
    RDT_TRY(const auto pe, parse_pe_image(image));
    RDT_TRY(const auto whole, authenticode_hash(pe, bank));
    std::string value(size_of(bank), '\0');
    RDT_CHECK(extend(value, bank, "Calling EFI Application from Boot Option"));
    RDT_CHECK(extend(value, bank, std::string_view("\0\0\0\0", 4)));
    RDT_TRY(value, hash_of(bank, {value, whole}));
    const auto kernel = std::ranges::find(pe.sections, std::string_view(".linux"), &PeSection::name);
    if (kernel == pe.sections.end())
        return fail(Code::invalid_argument, "the image has no kernel: no unified kernel image");
    const auto inner_bytes = section_bytes(pe, *kernel);
    RDT_TRY(const auto inner, parse_pe_image(inner_bytes).transform_error(context("section .linux")));
    RDT_TRY(const auto inner_hash, authenticode_hash(inner, bank));
    return hash_of(bank, {value, inner_hash});
}

} // namespace redoubt::tee::tpm
