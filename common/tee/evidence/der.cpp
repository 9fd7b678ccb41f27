// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/evidence/der.hpp"

namespace redoubt::tee {
namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t index) {
    return static_cast<std::uint8_t>(bytes[index]);
}

} // namespace

Result<DerElement> DerReader::next() {
    if (bytes_.size() < 2) return fail(Code::invalid_argument, "DER: an element is cut short");
    const auto tag = byte_at(bytes_, 0);
    if ((tag & 0x1FU) == 0x1FU) return fail(Code::invalid_argument, "DER: a long tag");
    std::size_t length = byte_at(bytes_, 1);
    std::size_t header = 2;
    if (length >= 0x80) {
        const std::size_t count = length & 0x7FU;
        if (count == 0 || count > 3 || bytes_.size() < 2 + count)
            return fail(Code::invalid_argument, "DER: a length of {} bytes", count);
        length = 0;
        for (std::size_t i = 0; i < count; ++i) length = (length << 8U) | byte_at(bytes_, 2 + i);
        header += count;
        if (length < 0x80 || (count > 1 && length < (std::size_t{1} << (8 * (count - 1)))))
            return fail(Code::invalid_argument, "DER: a length that is not the shortest");
    }
    if (length > bytes_.size() - header)
        return fail(Code::invalid_argument, "DER: an element of {} bytes where {} are left", length,
                    bytes_.size() - header);
    const DerElement element{tag, bytes_.substr(header, length)};
    bytes_.remove_prefix(header + length);
    return element;
}

Result<std::string_view> DerReader::expect(std::uint8_t tag, std::string_view what) {
    RDT_TRY(const auto element, next().transform_error(context("{}", what)));
    if (element.tag != tag)
        return fail(Code::invalid_argument, "{}: tag {:#04x} where {:#04x} belongs", what, element.tag, tag);
    return element.content;
}

Result<std::string> oid_text(std::string_view content) {
    if (content.empty() || content.size() > 64)
        return fail(Code::invalid_argument, "an OID of {} bytes", content.size());
    std::string text;
    std::uint64_t arc = 0;
    for (std::size_t i = 0; i < content.size(); ++i) {
        if (arc > (std::uint64_t{1} << 40U)) return fail(Code::invalid_argument, "an OID with a huge arc");
        arc = (arc << 7U) | (byte_at(content, i) & 0x7FU);
        if ((byte_at(content, i) & 0x80U) != 0) {
            if (i + 1 == content.size()) return fail(Code::invalid_argument, "an OID that is cut short");
            continue;
        }
        if (text.empty()) {
            const std::uint64_t first = arc < 80 ? arc / 40 : 2;
            text = std::format("{}.{}", first, arc - first * 40);
        } else {
            text += std::format(".{}", arc);
        }
        arc = 0;
    }
    return text;
}

Result<std::uint32_t> small_number(std::string_view content) {
    if (content.empty() || content.size() > 5)
        return fail(Code::invalid_argument, "a number of {} bytes", content.size());
    if ((byte_at(content, 0) & 0x80U) != 0) return fail(Code::invalid_argument, "a negative number");
    if (content.size() > 1 && content[0] == 0 && (byte_at(content, 1) & 0x80U) == 0)
        return fail(Code::invalid_argument, "a number that is not in its shortest form");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < content.size(); ++i) value = (value << 8U) | byte_at(content, i);
    if (value > 0xFFFFFFFFU) return fail(Code::invalid_argument, "a number beyond 32 bits");
    return static_cast<std::uint32_t>(value);
}

} // namespace redoubt::tee
