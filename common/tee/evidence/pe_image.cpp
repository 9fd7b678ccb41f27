// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/pe_image.hpp"

#include <algorithm>

#include "common/tee/evidence/byte_reader.hpp"

namespace redoubt::tee {
namespace {

constexpr std::size_t k_max_image = std::size_t{2} << 30U;
constexpr std::uint16_t k_max_sections = 96;
constexpr std::uint16_t k_pe32_plus = 0x20B;
constexpr std::size_t k_directory_of_certificates = 4;

std::uint32_t u32_at(std::string_view bytes, std::size_t offset) {
    return ByteReader(bytes.substr(std::min(offset, bytes.size()))).u32();
}

Status read_sections(PeImage& image, std::size_t table, std::uint16_t count) {
    ByteReader reader(image.bytes.substr(std::min(table, image.bytes.size())));
    for (std::uint16_t i = 0; i < count; ++i) {
        PeSection section;
        const auto name = reader.take(8);
        section.name = std::string(name.substr(0, name.find('\0')));
        section.virtual_size = reader.u32();
        (void)reader.u32(); // virtual address
        section.raw_size = reader.u32();
        section.raw_offset = reader.u32();
        (void)reader.take(16);
        if (std::uint64_t{section.raw_offset} + section.raw_size > image.bytes.size())
            return fail(Code::invalid_argument, "PE image: section {} lies outside", i);
        image.sections.push_back(std::move(section));
    }
    return reader.status("PE image's sections");
}

} // namespace

Result<PeImage> parse_pe_image(std::string_view bytes) {
    if (bytes.size() > k_max_image || bytes.size() < 0x100 || !bytes.starts_with("MZ"))
        return fail(Code::invalid_argument, "not a PE image");
    PeImage image;
    image.bytes = bytes;
    const std::size_t pe = u32_at(bytes, 0x3C);
    if (pe > bytes.size() - 0x100 || bytes.substr(pe, 4) != std::string_view("PE\0\0", 4))
        return fail(Code::invalid_argument, "not a PE image");
    ByteReader coff(bytes.substr(pe + 4));
    (void)coff.u16(); // machine
    const auto count = coff.u16();
    (void)coff.take(12);
    const auto optional_size = coff.u16();
    const std::size_t optional = pe + 24;
    if (count == 0 || count > k_max_sections || optional_size < 112 ||
        optional + optional_size > bytes.size())
        return fail(Code::invalid_argument, "PE image: {} sections, optional header of {} bytes", count,
                    optional_size);
    if (ByteReader(bytes.substr(optional)).u16() != k_pe32_plus)
        return fail(Code::invalid_argument, "PE image: not PE32+");
    image.checksum_offset = optional + 64;
    image.headers_size = u32_at(bytes, optional + 60);
    const auto directories = u32_at(bytes, optional + 108);
    image.certificate_entry_offset = optional + 112 + k_directory_of_certificates * 8;
    if (directories <= k_directory_of_certificates ||
        optional_size < 112 + (k_directory_of_certificates + 1) * 8)
        return fail(Code::invalid_argument, "PE image: no directory of certificates");
    image.certificate_offset = u32_at(bytes, image.certificate_entry_offset);
    image.certificate_size = u32_at(bytes, image.certificate_entry_offset + 4);
    if (image.certificate_size != 0 &&
        std::uint64_t{image.certificate_offset} + image.certificate_size > bytes.size())
        return fail(Code::invalid_argument, "PE image: the certificates lie outside");
    RDT_CHECK(read_sections(image, optional + optional_size, count));
    if (image.headers_size > bytes.size() || image.headers_size < image.certificate_entry_offset + 8)
        return fail(Code::invalid_argument, "PE image: headers of {} bytes", image.headers_size);
    return image;
}

Result<std::string> authenticode_hash(const PeImage& image, Hash hash) {
    const auto bytes = image.bytes;
    const std::size_t after_checksum = image.checksum_offset + 4;
    const std::size_t after_entry = image.certificate_entry_offset + 8;
    std::string measured(bytes.substr(0, image.checksum_offset));
    measured += bytes.substr(after_checksum, image.certificate_entry_offset - after_checksum);
    measured += bytes.substr(after_entry, image.headers_size - after_entry);
    auto sections = image.sections;
    std::ranges::stable_sort(sections, {}, &PeSection::raw_offset);
    std::uint64_t sum = image.headers_size;
    for (const auto& section : sections) {
        if (section.raw_size == 0) continue;
        measured += bytes.substr(section.raw_offset, section.raw_size);
        sum += section.raw_size;
    }
    if (sum + image.certificate_size < bytes.size())
        measured += bytes.substr(sum, bytes.size() - sum - image.certificate_size);
    return hash_of(hash, {measured});
}

std::string section_bytes(const PeImage& image, const PeSection& section) {
    return std::string(
        image.bytes.substr(section.raw_offset, std::min(section.raw_size, section.virtual_size)));
}

} // namespace redoubt::tee
