// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/sev_snp/firmware.hpp"

#include "common/tee/evidence/byte_reader.hpp"
#include "common/tee/evidence/guid.hpp"

namespace redoubt::tee::sev_snp {
namespace {

constexpr auto k_footer_guid = "96b582de-1fb2-45f7-baea-a366c55a082d";
constexpr auto k_reset_guid = "00f771de-1a7e-4fcb-890e-68c77e2fb44e";
constexpr auto k_hash_table_guid = "7255371f-3a3b-4b04-927b-1da6efa8d454";
constexpr auto k_metadata_guid = "dc886566-984a-4798-a75e-5585a7bf67cc";
constexpr std::size_t k_max_image = 64U << 20U;
constexpr std::size_t k_table_end = 32; // distance of the table's end from the image's: the reset vector
constexpr std::size_t k_entry_header = 18;
constexpr std::uint32_t k_max_sections = 64;
constexpr std::uint64_t k_page = 4096;

/// The table's entries without their footer, or nothing.
Result<std::string_view> table_of(std::string_view image) {
    if (image.size() < k_table_end + k_entry_header) return std::string_view();
    const auto footer = image.substr(image.size() - k_table_end - k_entry_header, k_entry_header);
    if (guid_text(footer.substr(2)) != k_footer_guid) return std::string_view();
    const auto size = ByteReader(footer).u16();
    if (size < k_entry_header || size > image.size() - k_table_end)
        return fail(Code::invalid_argument, "firmware: a GUIDed table of {} bytes", size);
    return image.substr(image.size() - k_table_end - size, size - k_entry_header);
}

Result<std::vector<FirmwareSection>> read_sections(std::string_view image, std::string_view entry) {
    const auto from_end = ByteReader(entry).u32();
    if (entry.size() != 4 || from_end > image.size())
        return fail(Code::invalid_argument, "firmware: SEV metadata outside the image");
    ByteReader reader(image.substr(image.size() - from_end));
    const auto signature = reader.take(4);
    (void)reader.u32(); // size
    const auto version = reader.u32();
    const auto count = reader.u32();
    RDT_CHECK(reader.status("firmware's SEV metadata"));
    if (signature != "ASEV" || version != 1 || count > k_max_sections)
        return fail(Code::invalid_argument, "firmware: SEV metadata version {} with {} sections", version,
                    count);
    std::vector<FirmwareSection> sections;
    for (std::uint32_t i = 0; i < count; ++i) {
        const FirmwareSection section{reader.u32(), reader.u32(), static_cast<SectionType>(reader.u32())};
        if (section.gpa % k_page != 0 || section.size % k_page != 0 || section.size > k_max_image)
            return fail(Code::invalid_argument, "firmware: section {} of {:#x} bytes at {:#x}", i,
                        section.size, section.gpa);
        sections.push_back(section);
    }
    RDT_CHECK(reader.status("firmware's SEV metadata"));
    return sections;
}

} // namespace

Result<std::optional<std::string>> find_firmware_entry(std::string_view image, std::string_view guid) {
    RDT_TRY(auto table, table_of(image));
    while (!table.empty()) {
        if (table.size() < k_entry_header)
            return fail(Code::invalid_argument, "firmware: {} stray bytes in the GUIDed table", table.size());
        const auto header = table.substr(table.size() - k_entry_header);
        const auto size = ByteReader(header).u16();
        if (size < k_entry_header || size > table.size())
            return fail(Code::invalid_argument, "firmware: a table entry of {} bytes", size);
        if (guid_text(header.substr(2)) == guid)
            return std::optional(std::string(table.substr(table.size() - size, size - k_entry_header)));
        table.remove_suffix(size);
    }
    return std::optional<std::string>();
}

Result<Firmware> parse_firmware(std::string_view image) {
    if (image.size() < k_page || image.size() > k_max_image || image.size() % k_page != 0)
        return fail(Code::invalid_argument, "firmware: {} bytes, not whole pages up to 64 MiB", image.size());
    Firmware firmware;
    RDT_TRY(const auto reset, find_firmware_entry(image, k_reset_guid));
    if (reset && reset->size() >= 4) firmware.ap_reset_eip = ByteReader(*reset).u32();
    RDT_TRY(const auto hash_table, find_firmware_entry(image, k_hash_table_guid));
    if (hash_table && hash_table->size() >= 4) firmware.hash_table_base = ByteReader(*hash_table).u32();
    RDT_TRY(const auto metadata, find_firmware_entry(image, k_metadata_guid));
    if (metadata) {
        RDT_TRY(firmware.sections, read_sections(image, *metadata));
    }
    return firmware;
}

} // namespace redoubt::tee::sev_snp
