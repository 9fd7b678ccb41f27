// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/event_log/event_log.hpp"

#include <algorithm>
#include <array>

#include "common/encoding/hex.hpp"
#include "common/encoding/json.hpp"
#include "common/tee/evidence/byte_reader.hpp"

namespace redoubt::tee {
namespace {

constexpr std::size_t k_max_log = 4U << 20U;
constexpr std::size_t k_max_events = 65536;
constexpr std::size_t k_max_event = 1U << 20U;
constexpr std::size_t k_max_banks = 16;
// Boot loaders measure commands and command lines here, and files into PCR 9. A CCEL has no register of this
// number.
constexpr std::uint32_t k_command_pcr = 8;
constexpr std::string_view k_spec_id = std::string_view("Spec ID Event03\0", 16);
constexpr std::string_view k_startup_locality = std::string_view("StartupLocality\0", 16);

struct Algorithm {
    std::uint16_t id;
    std::uint16_t size;
};

/// The algorithms a crypto-agile log begins with; none when the first event is not a Spec ID event.
Result<std::vector<Algorithm>> read_spec_id(const Event& first) {
    std::vector<Algorithm> algorithms;
    if (first.type != k_ev_no_action || !first.data.starts_with(k_spec_id)) return algorithms;
    ByteReader reader(first.data);
    (void)reader.take(24); // signature, platform class, versions, size of UINTN
    const auto count = reader.u32();
    if (count == 0 || count > k_max_banks)
        return fail(Code::invalid_argument, "event 0: {} algorithms", count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const Algorithm algorithm{reader.u16(), reader.u16()};
        const auto known = hash_of_tpm_id(algorithm.id);
        const bool is_fit =
            known ? size_of(*known) == algorithm.size : algorithm.size > 0 && algorithm.size <= 64;
        if (!is_fit)
            return fail(Code::invalid_argument, "event 0: algorithm {:#x} with {} bytes", algorithm.id,
                        algorithm.size);
        algorithms.push_back(algorithm);
    }
    RDT_CHECK(reader.status("event 0"));
    return algorithms;
}

/// A legacy record: one SHA-1 digest.
Event read_legacy(ByteReader& reader) {
    Event event;
    event.index = reader.u32();
    event.type = reader.u32();
    event.digests[Hash::sha1] = std::string(reader.take(20));
    const auto size = reader.u32();
    event.data = std::string(reader.take(size));
    return event;
}

Result<Event> read_agile(ByteReader& reader, const std::vector<Algorithm>& algorithms, std::size_t number) {
    Event event;
    event.index = reader.u32();
    event.type = reader.u32();
    const auto count = reader.u32();
    if (count > algorithms.size()) return fail(Code::invalid_argument, "event {}: {} digests", number, count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto id = reader.u16();
        const auto found = std::ranges::find(algorithms, id, &Algorithm::id);
        if (found == algorithms.end())
            return fail(Code::invalid_argument, "event {}: a digest of algorithm {:#x}", number, id);
        const auto digest = reader.take(found->size);
        const auto known = hash_of_tpm_id(id);
        if (known && !event.digests.emplace(*known, digest).second)
            return fail(Code::invalid_argument, "event {}: two digests of one algorithm", number);
    }
    const auto size = reader.u32();
    if (size > k_max_event) return fail(Code::resource_exhausted, "event {}: {} bytes", number, size);
    event.data = std::string(reader.take(size));
    return event;
}

/// Whether what is left is only padding: ones or zeros up to the end.
bool is_padding(std::string_view rest) {
    const auto is_all = [rest](char wanted) {
        return std::ranges::all_of(rest, [wanted](char byte) { return byte == wanted; });
    };
    return is_all('\xff') || is_all('\0');
}

/// The text behind a boot loader's prefix, which is what was hashed; empty when there is no prefix.
std::string_view command_of(std::string_view data) {
    for (const std::string_view prefix :
         {"grub_cmd: ", "grub_cmd ", "kernel_cmdline: ", "grub_kernel_cmdline ", "module_cmdline: "})
        if (data.starts_with(prefix)) return data.substr(prefix.size());
    return {};
}

/// The value inside an UEFI_VARIABLE_DATA; empty when it is none.
std::string_view variable_value(std::string_view data) {
    ByteReader reader(data);
    (void)reader.take(16);
    const auto name_length = reader.u64();
    const auto value_length = reader.u64();
    if (name_length > k_max_event || value_length > k_max_event) return {};
    (void)reader.take(name_length * 2);
    const auto value = reader.take(value_length);
    return reader.has_failed() ? std::string_view() : value;
}

Result<bool> is_digest_of(const Event& event, std::string_view data) {
    if (event.digests.empty()) return false;
    for (const auto& [hash, digest] : event.digests) {
        RDT_TRY(const auto value, hash_of(hash, {data}));
        if (value != digest) return false;
    }
    return true;
}

struct NamedType {
    std::uint32_t type;
    std::string_view name;
};
constexpr std::array k_types{
    NamedType{0x0, "EV_PREBOOT_CERT"},
    NamedType{0x1, "EV_POST_CODE"},
    NamedType{0x3, "EV_NO_ACTION"},
    NamedType{0x4, "EV_SEPARATOR"},
    NamedType{0x5, "EV_ACTION"},
    NamedType{0x6, "EV_EVENT_TAG"},
    NamedType{0x7, "EV_S_CRTM_CONTENTS"},
    NamedType{0x8, "EV_S_CRTM_VERSION"},
    NamedType{0x9, "EV_CPU_MICROCODE"},
    NamedType{0xA, "EV_PLATFORM_CONFIG_FLAGS"},
    NamedType{0xB, "EV_TABLE_OF_DEVICES"},
    NamedType{0xC, "EV_COMPACT_HASH"},
    NamedType{0xD, "EV_IPL"},
    NamedType{0xE, "EV_IPL_PARTITION_DATA"},
    NamedType{0xF, "EV_NONHOST_CODE"},
    NamedType{0x10, "EV_NONHOST_CONFIG"},
    NamedType{0x11, "EV_NONHOST_INFO"},
    NamedType{0x12, "EV_OMIT_BOOT_DEVICE_EVENTS"},
    NamedType{0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    NamedType{0x80000002, "EV_EFI_VARIABLE_BOOT"},
    NamedType{0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    NamedType{0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER"},
    NamedType{0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    NamedType{0x80000006, "EV_EFI_GPT_EVENT"},
    NamedType{0x80000007, "EV_EFI_ACTION"},
    NamedType{0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    NamedType{0x80000009, "EV_EFI_HANDOFF_TABLES"},
    NamedType{0x8000000A, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    NamedType{0x8000000B, "EV_EFI_HANDOFF_TABLES2"},
    NamedType{0x8000000C, "EV_EFI_VARIABLE_BOOT2"},
    NamedType{0x80000010, "EV_EFI_HCRTM_EVENT"},
    NamedType{0x800000E0, "EV_EFI_VARIABLE_AUTHORITY"},
};

} // namespace

std::string name_of_event(std::uint32_t type) {
    const auto* found = std::ranges::find(k_types, type, &NamedType::type);
    return found == k_types.end() ? std::format("{:#x}", type) : std::string(found->name);
}

Result<EventLog> parse_event_log(std::string_view bytes) {
    if (bytes.size() > k_max_log) return fail(Code::resource_exhausted, "event log: {} bytes", bytes.size());
    ByteReader reader(bytes);
    EventLog log;
    log.events.push_back(read_legacy(reader));
    RDT_CHECK(reader.status("event log, event 0"));
    RDT_TRY(const auto algorithms, read_spec_id(log.events.front()));
    log.is_crypto_agile = !algorithms.empty();
    for (const auto& algorithm : algorithms)
        if (const auto known = hash_of_tpm_id(algorithm.id)) log.banks.push_back(*known);
    if (!log.is_crypto_agile) log.banks = {Hash::sha1};
    while (!reader.rest().empty() && !is_padding(reader.rest())) {
        if (log.events.size() == k_max_events)
            return fail(Code::resource_exhausted, "event log: more than {} events", k_max_events);
        if (ByteReader(reader.rest()).u32() == 0xFFFFFFFFU)
            break; // the mark behind which nothing was written
        if (log.is_crypto_agile) {
            RDT_TRY(auto event, read_agile(reader, algorithms, log.events.size()));
            log.events.push_back(std::move(event));
        } else {
            log.events.push_back(read_legacy(reader));
        }
        RDT_CHECK(reader.status(std::format("event log, event {}", log.events.size() - 1)));
    }
    log.bytes_used = reader.offset();
    return log;
}

Result<EventLog> parse_json_event_log(std::string_view text) {
    RDT_TRY(const auto document, json::parse("event log", text));
    RDT_TRY(const auto entries, document.root().array());
    if (entries.size() > k_max_events)
        return fail(Code::resource_exhausted, "event log: {} events", entries.size());
    EventLog log;
    log.is_crypto_agile = true;
    log.banks = {Hash::sha384};
    for (const auto& entry : entries) {
        RDT_TRY(const auto register_number, entry["imr"].unsigned_integer());
        RDT_TRY(const auto type, entry["event_type"].unsigned_integer());
        RDT_TRY(const auto digest_text, entry["digest"].string());
        RDT_TRY(const auto payload_text, entry["event_payload"].string_or());
        RDT_TRY(auto digest,
                encoding::from_hex(digest_text).transform_error(context("{}", entry["digest"].path())));
        RDT_TRY(
            auto payload,
            encoding::from_hex(payload_text).transform_error(context("{}", entry["event_payload"].path())));
        if (register_number > 3 || type > 0xFFFFFFFFU || digest.size() != size_of(Hash::sha384))
            return entry.wrong("a register above 3, or a digest that is not SHA-384");
        Event event{static_cast<std::uint32_t>(register_number) + 1,
                    static_cast<std::uint32_t>(type),
                    {},
                    std::move(payload)};
        event.digests.emplace(Hash::sha384, std::move(digest));
        log.events.push_back(std::move(event));
    }
    log.bytes_used = text.size();
    return log;
}

Result<std::map<std::uint32_t, std::string>> replay(const EventLog& log, Hash bank) {
    std::map<std::uint32_t, std::string> registers;
    const std::string zeros(size_of(bank), '\0');
    for (std::size_t i = 0; i < log.events.size(); ++i) {
        const Event& event = log.events[i];
        if (event.type == k_ev_no_action) {
            // Only before PCR 0 has a value: it says where the value starts.
            if (event.data.size() == 17 && event.data.starts_with(k_startup_locality) &&
                !registers.contains(0)) {
                registers[0] = zeros;
                registers[0].back() = event.data.back();
            }
            continue;
        }
        const auto digest = event.digests.find(bank);
        if (digest == event.digests.end())
            return fail(Code::invalid_argument, "event {}: no {} digest", i, name_of(bank));
        auto& value = registers.try_emplace(event.index, zeros).first->second;
        RDT_TRY(value, hash_of(bank, {value, digest->second}));
    }
    return registers;
}

Result<Binding> binding_of(const Event& event) {
    if (event.type == k_ev_no_action) return Binding::unbound;
    RDT_TRY(const bool is_whole, is_digest_of(event, event.data));
    if (is_whole) return Binding::bound;
    switch (event.type) {
    case k_ev_separator:
    case 0x8:        // EV_S_CRTM_VERSION
    case 0x80000001: // EV_EFI_VARIABLE_DRIVER_CONFIG
    case 0x80000006: // EV_EFI_GPT_EVENT
    case 0x80000007: // EV_EFI_ACTION
        return Binding::mismatched;
    case 0x80000002: { // EV_EFI_VARIABLE_BOOT: firmware before 2019 hashes the value alone
        RDT_TRY(const bool is_value, is_digest_of(event, variable_value(event.data)));
        return is_value ? Binding::bound : Binding::mismatched;
    }
    case k_ev_ipl: {
        auto command = command_of(event.data);
        if (command.empty() && event.index == k_command_pcr) command = event.data;
        if (command.empty()) return Binding::unbound; // the name of a file whose content was hashed
        RDT_TRY(const bool is_with_end, is_digest_of(event, command));
        // systemd-boot hashes UTF-16 with its whole NUL and logs half of it; GRUB leaves the NUL out.
        RDT_TRY(const bool is_wide, is_digest_of(event, std::string(command) + '\0'));
        if (command.ends_with('\0')) command.remove_suffix(1);
        RDT_TRY(const bool is_without_end, is_digest_of(event, command));
        return is_with_end || is_wide || is_without_end ? Binding::bound : Binding::mismatched;
    }
    case k_ev_event_tag: // of a guest's runtime, which hashes the whole
        return event.data.starts_with(k_runtime_mark) ? Binding::mismatched : Binding::unbound;
    default: return Binding::unbound;
    }
}

Result<std::vector<std::size_t>> mismatched_events(const EventLog& log) {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < log.events.size(); ++i) {
        RDT_TRY(const auto binding, binding_of(log.events[i]));
        if (binding == Binding::mismatched) numbers.push_back(i);
    }
    return numbers;
}

std::vector<std::uint32_t> repeated_separators(const EventLog& log) {
    std::map<std::uint32_t, int> counts;
    for (const Event& event : log.events)
        if (event.type == k_ev_separator) ++counts[event.index];
    std::vector<std::uint32_t> repeated;
    for (const auto& [index, count] : counts)
        if (count > 1) repeated.push_back(index);
    return repeated;
}

} // namespace redoubt::tee
