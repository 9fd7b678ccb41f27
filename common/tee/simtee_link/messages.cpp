// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "common/tee/simtee_link/messages.hpp"

#include <array>
#include <utility>

#include "common/base/little_endian.hpp"
#include "common/tee/evidence/byte_reader.hpp"

namespace redoubt::tee::simtee_link {
namespace {

constexpr std::string_view k_magic = "RSIM";
constexpr std::uint32_t k_most_vmpl = 3; // AMD 56860, MSG_REPORT_REQ
constexpr std::uint32_t k_most_status = 16;

/// Magic, version and kind: what every message begins with.
Result<Kind> read_start(ByteReader& reader, std::string_view what) {
    const auto magic = reader.take(k_magic.size());
    const auto version = reader.u16();
    const auto kind = reader.u16();
    RDT_CHECK(reader.status(what));
    if (magic != k_magic) return fail(Code::invalid_argument, "{}: does not begin with RSIM", what);
    if (version != k_version)
        return fail(Code::failed_precondition, "{}: version {}, where {} is spoken", what, version,
                    k_version);
    if (kind > std::to_underlying(Kind::extend))
        return fail(Code::invalid_argument, "{}: kind {} is not known", what, kind);
    return static_cast<Kind>(kind);
}

std::size_t inblob_size_of(Kind kind) {
    switch (kind) {
    case Kind::describe: return 0;
    case Kind::report:
    case Kind::quote: return k_inblob_size;
    case Kind::extend: return k_extend_size;
    }
    return 0;
}

void put_start(std::string& bytes, Kind kind, std::uint32_t id) {
    bytes += k_magic;
    append_little_endian(bytes, k_version);
    append_little_endian(bytes, std::to_underlying(kind));
    append_little_endian(bytes, id);
}

struct AnswerHeader {
    Answer answer;
    std::array<std::uint32_t, 4> sizes{}; ///< of provider, outblob, auxblob, message
};

Result<AnswerHeader> read_answer_header(ByteReader& reader) {
    AnswerHeader header;
    RDT_TRY(header.answer.kind, read_start(reader, "answer"));
    header.answer.id = reader.u32();
    header.answer.status = reader.u32();
    header.answer.generation = reader.u64();
    const auto reserved = reader.u32();
    std::uint64_t total = 0;
    for (auto& size : header.sizes) total += size = reader.u32();
    RDT_CHECK(reader.status("answer"));
    if (reserved != 0) return fail(Code::invalid_argument, "answer: reserved bytes are not zero");
    if (header.answer.status > k_most_status)
        return fail(Code::invalid_argument, "answer: status {} is not known", header.answer.status);
    if (total > k_max_answer)
        return fail(Code::resource_exhausted, "answer: {} bytes, the most is {}", total, k_max_answer);
    return header;
}

} // namespace

Result<RequestHeader> parse_request_header(std::string_view bytes) {
    ByteReader reader(bytes);
    RequestHeader header;
    auto& request = header.request;
    RDT_TRY(request.kind, read_start(reader, "request"));
    request.id = reader.u32();
    request.privlevel = reader.u32();
    header.inblob_size = reader.u32();
    RDT_CHECK(reader.status("request"));
    if (!reader.rest().empty())
        return fail(Code::invalid_argument, "request: {} bytes behind its header", reader.rest().size());
    const auto most_privlevel = request.kind == Kind::report ? k_most_vmpl : 0;
    if (request.privlevel > most_privlevel)
        return fail(Code::invalid_argument, "request: privlevel {} is not within 0 and {}", request.privlevel,
                    most_privlevel);
    const auto wanted = inblob_size_of(request.kind);
    if (header.inblob_size > wanted)
        return fail(Code::resource_exhausted, "request: an inblob of {} bytes, where {} belong",
                    header.inblob_size, wanted);
    if (header.inblob_size != wanted)
        return fail(Code::invalid_argument, "request: an inblob of {} bytes, where {} belong",
                    header.inblob_size, wanted);
    return header;
}

Result<Request> parse_request(std::string_view bytes) {
    RDT_TRY(auto header, parse_request_header(bytes.substr(0, k_request_header_size)));
    const auto inblob = bytes.substr(k_request_header_size);
    if (inblob.size() != header.inblob_size)
        return fail(Code::invalid_argument, "request: {} bytes of inblob, where {} belong", inblob.size(),
                    header.inblob_size);
    header.request.inblob = inblob;
    return std::move(header.request);
}

std::string encode(const Request& request) {
    std::string bytes;
    put_start(bytes, request.kind, request.id);
    append_little_endian(bytes, request.privlevel);
    append_little_endian(bytes, static_cast<std::uint32_t>(request.inblob.size()));
    return bytes + request.inblob;
}

Result<std::size_t> answer_body_size(std::string_view header) {
    ByteReader reader(header);
    RDT_TRY(const auto read, read_answer_header(reader));
    if (!reader.rest().empty())
        return fail(Code::invalid_argument, "answer: {} bytes behind its header", reader.rest().size());
    std::size_t total = 0;
    for (const auto size : read.sizes) total += size;
    return total;
}

Result<Answer> parse_answer(std::string_view bytes) {
    ByteReader reader(bytes);
    RDT_TRY(auto header, read_answer_header(reader));
    auto& answer = header.answer;
    answer.provider = reader.take(header.sizes[0]);
    answer.outblob = reader.take(header.sizes[1]);
    answer.auxblob = reader.take(header.sizes[2]);
    answer.message = reader.take(header.sizes[3]);
    RDT_CHECK(reader.status("answer"));
    if (!reader.rest().empty())
        return fail(Code::invalid_argument, "answer: {} bytes behind it", reader.rest().size());
    return std::move(answer);
}

std::string encode(const Answer& answer) {
    std::string bytes;
    put_start(bytes, answer.kind, answer.id);
    append_little_endian(bytes, answer.status);
    append_little_endian(bytes, answer.generation);
    append_little_endian(bytes, std::uint32_t{0});
    for (const auto* part : {&answer.provider, &answer.outblob, &answer.auxblob, &answer.message})
        append_little_endian(bytes, static_cast<std::uint32_t>(part->size()));
    return bytes + answer.provider + answer.outblob + answer.auxblob + answer.message;
}

} // namespace redoubt::tee::simtee_link
