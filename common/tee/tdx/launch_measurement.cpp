// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/tdx/launch_measurement.hpp"

#include <algorithm>
#include <initializer_list>

#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/evidence/guid.hpp"
#include "common/tee/evidence/hash.hpp"

namespace redoubt::tee::tdx {
namespace {

constexpr std::size_t k_page = 4096;
constexpr std::size_t k_chunk = 256;
constexpr std::size_t k_max_image = 64U << 20U;
constexpr std::uint64_t k_max_section = 256U << 20U;
constexpr std::uint32_t k_max_sections = 64;
constexpr std::uint32_t k_attribute_extend = 1;
constexpr std::uint32_t k_attribute_aug = 2;
constexpr auto k_footer_guid = "96b582de-1fb2-45f7-baea-a366c55a082d";
constexpr auto k_metadata_guid = "e47a6535-984a-4798-865e-4685a7bf8ec2";
constexpr std::size_t k_table_end = 32;
constexpr std::size_t k_entry_header = 18;

/// The metadata's distance from the end of the image, from the table of GUIDed structures.
Result<std::uint32_t> metadata_offset(std::string_view image) {
    if (image.size() < k_table_end + k_entry_header)
        return fail(Code::invalid_argument, "TDVF: {} bytes", image.size());
    const auto footer = image.substr(image.size() - k_table_end - k_entry_header, k_entry_header);
    const auto size = ByteReader(footer).u16();
    if (guid_text(footer.substr(2)) != k_footer_guid || size < k_entry_header ||
        size > image.size() - k_table_end)
        return fail(Code::invalid_argument, "TDVF: no table of GUIDed structures");
    auto table = image.substr(image.size() - k_table_end - size, size - k_entry_header);
    while (table.size() >= k_entry_header) {
        const auto header = table.substr(table.size() - k_entry_header);
        const auto entry = ByteReader(header).u16();
        if (entry < k_entry_header || entry > table.size()) break;
        if (guid_text(header.substr(2)) == k_metadata_guid && entry == k_entry_header + 4)
            return ByteReader(table.substr(table.size() - entry)).u32();
        table.remove_suffix(entry);
    }
    return fail(Code::invalid_argument, "TDVF: no TDX metadata");
}

std::string record_of(std::string_view word, std::uint64_t gpa) {
    std::string record(word);
    record.resize(16, '\0');
    for (unsigned i = 0; i < 8; ++i) record += static_cast<char>(gpa >> (8 * i) & 0xFFU);
    record.resize(128, '\0');
    return record;
}

void extend_page(std::string& stream, std::string_view contents, std::uint64_t gpa) {
    for (std::size_t at = 0; at < contents.size(); at += k_chunk) {
        stream += record_of("MR.EXTEND", gpa + at);
        stream += contents.substr(at, k_chunk);
    }
}

std::string page_of(std::string_view image, const TdvfSection& section, std::uint64_t at) {
    std::string page;
    if (at < section.raw_size)
        page = image.substr(section.data_offset + at, std::min<std::uint64_t>(k_page, section.raw_size - at));
    page.resize(k_page, '\0');
    return page;
}

Result<std::string> extend_all(std::initializer_list<std::string_view> digests) {
    std::string value(48, '\0');
    for (const auto digest : digests) {
        RDT_TRY(value, hash_of(Hash::sha384, {value, digest}));
    }
    return value;
}

} // namespace

Result<std::vector<TdvfSection>> parse_tdvf(std::string_view image) {
    if (image.size() > k_max_image) return fail(Code::resource_exhausted, "TDVF: {} bytes", image.size());
    RDT_TRY(const auto from_end, metadata_offset(image));
    if (from_end > image.size()) return fail(Code::invalid_argument, "TDVF: metadata outside the image");
    ByteReader reader(image.substr(image.size() - from_end));
    const auto signature = reader.take(4);
    (void)reader.u32();
    const auto version = reader.u32();
    const auto count = reader.u32();
    if (signature != "TDVF" || version != 1 || count > k_max_sections)
        return fail(Code::invalid_argument, "TDVF: metadata version {}, {} sections", version, count);
    std::vector<TdvfSection> sections;
    for (std::uint32_t i = 0; i < count; ++i) {
        TdvfSection section{reader.u32(), reader.u32(), reader.u64(),
                            reader.u64(), reader.u32(), reader.u32()};
        RDT_CHECK(reader.status("TDVF metadata"));
        if (std::uint64_t{section.data_offset} + section.raw_size > image.size() ||
            section.memory_size > k_max_section || section.memory_size % k_page != 0 ||
            section.gpa % k_page != 0 || section.raw_size > section.memory_size)
            return fail(Code::invalid_argument, "TDVF: section {} is malformed", i);
        sections.push_back(section);
    }
    return sections;
}

Result<std::string> mrtd_of(std::string_view image, PageOrder order) {
    RDT_TRY(const auto sections, parse_tdvf(image));
    std::string stream;
    for (const auto& section : sections) {
        if ((section.attributes & k_attribute_aug) != 0) continue;
        const bool is_measured = (section.attributes & k_attribute_extend) != 0;
        for (std::uint64_t at = 0; at < section.memory_size; at += k_page) {
            stream += record_of("MEM.PAGE.ADD", section.gpa + at);
            if (is_measured && order == PageOrder::page_by_page)
                extend_page(stream, page_of(image, section, at), section.gpa + at);
        }
        for (std::uint64_t at = 0; is_measured && order == PageOrder::two_passes && at < section.memory_size;
             at += k_page)
            extend_page(stream, page_of(image, section, at), section.gpa + at);
    }
    return hash_of(Hash::sha384, {stream});
}

Result<std::string> rtmr1_of(std::string_view kernel_hash, SeparatorPlace separator) {
    if (kernel_hash.size() != 48)
        return fail(Code::invalid_argument, "a kernel hash of {} bytes", kernel_hash.size());
    RDT_TRY(const auto calling, hash_of(Hash::sha384, {"Calling EFI Application from Boot Option"}));
    RDT_TRY(const auto separated, hash_of(Hash::sha384, {std::string_view("\0\0\0\0", 4)}));
    RDT_TRY(const auto leaving, hash_of(Hash::sha384, {"Exit Boot Services Invocation"}));
    RDT_TRY(const auto left, hash_of(Hash::sha384, {"Exit Boot Services Returned with Success"}));
    if (separator == SeparatorPlace::rtmr1)
        return extend_all({kernel_hash, calling, separated, leaving, left});
    return extend_all({kernel_hash, calling, leaving, left});
}

Result<std::string> rtmr2_of(std::string_view cmdline, std::string_view initrd) {
    std::string wide;
    for (const char c : cmdline) {
        if (static_cast<unsigned char>(c) > 127)
            return fail(Code::invalid_argument, "a command line that is not ASCII");
        wide += c;
        wide += '\0';
    }
    wide += std::string(2, '\0');
    RDT_TRY(const auto options, hash_of(Hash::sha384, {wide}));
    if (initrd.empty()) return extend_all({options});
    RDT_TRY(const auto ramdisk, hash_of(Hash::sha384, {initrd}));
    return extend_all({options, ramdisk});
}

} // namespace redoubt::tee::tdx
