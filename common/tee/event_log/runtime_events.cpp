// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/event_log/runtime_events.hpp"

#include <algorithm>

#include "common/base/little_endian.hpp"
#include "common/tee/evidence/byte_reader.hpp"

namespace redoubt::tee {
namespace {

constexpr std::uint16_t k_tpm_sha384 = 0xC;
/// A Spec ID event of SHA-384 and SM3, as Confidential Containers' agent begins a log where firmware has
/// none.
constexpr std::string_view k_beginning("\x01\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                                       "\x25\0\0\0Spec ID Event03\0\0\0\0\0\0\x02\0\x02"
                                       "\x02\0\0\0\x0C\0\x30\0\x12\0\x20\0\0",
                                       69);
/// Behind it, nothing was written.
constexpr std::string_view k_end = "\xff\xff\xff\xff\xff\xff\xff\xff";

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
}

bool is_line(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 127; });
}

} // namespace

Result<MeasuredEvent> measure_event(const RuntimeEvent& event) {
    for (const auto* word : {&event.domain, &event.operation})
        if (!is_word(*word))
            return fail(Code::invalid_argument,
                        "an event's domain and operation are words of printable ASCII");
    if (!is_line(event.content))
        return fail(Code::invalid_argument, "an event's content is a line of printable ASCII");
    const auto text = event.domain + ' ' + event.operation + ' ' + event.content;
    std::string data(k_runtime_mark);
    append_little_endian(data, static_cast<std::uint32_t>(text.size()));
    data += text;
    MeasuredEvent measured;
    RDT_TRY(measured.digest, hash_of(Hash::sha384, {data}));
    auto& record = measured.record;
    append_little_endian(record, k_runtime_index);
    append_little_endian(record, k_ev_event_tag);
    append_little_endian(record, std::uint32_t{1});
    append_little_endian(record, k_tpm_sha384);
    record += measured.digest;
    append_little_endian(record, static_cast<std::uint32_t>(data.size()));
    record += data;
    return measured;
}

std::optional<RuntimeEvent> runtime_event_of(const Event& event) {
    if (event.type != k_ev_event_tag) return std::nullopt;
    ByteReader reader(event.data);
    const auto mark = reader.take(k_runtime_mark.size());
    const auto size = reader.u32();
    const auto text = reader.rest();
    if (reader.has_failed() || mark != k_runtime_mark || size != text.size()) return std::nullopt;
    const auto first = text.find(' ');
    const auto second = first == std::string_view::npos ? first : text.find(' ', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    RuntimeEvent found{.domain = std::string(text.substr(0, first)),
                       .operation = std::string(text.substr(first + 1, second - first - 1)),
                       .content = std::string(text.substr(second + 1))};
    if (!is_word(found.domain) || !is_word(found.operation) || !is_line(found.content)) return std::nullopt;
    return found;
}

Result<std::string> append_records(std::string_view firmware_log, std::string_view records) {
    std::string log(k_beginning);
    if (!firmware_log.empty()) {
        RDT_TRY(const auto parsed, parse_event_log(firmware_log));
        log = firmware_log.substr(0, parsed.bytes_used);
    }
    return log.append(records).append(k_end);
}

} // namespace redoubt::tee
