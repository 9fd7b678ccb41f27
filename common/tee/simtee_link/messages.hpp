// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// What a guest and the simulator of its secure processor say to each other over a virtio-serial port. The
/// shape is that of Linux's configfs-tsm: an inblob goes in; a provider, a generation, an outblob and an
/// auxblob come out. Bytes: docs/formats/simtee.md.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/error.hpp"

namespace redoubt::tee::simtee_link {

/// The port's name in the guest: /dev/virtio-ports/org.redoubt.simtee.
inline constexpr std::string_view k_port_name = "org.redoubt.simtee";
/// Has to be on the measured command line, as a word of its own, of every guest that uses the port.
inline constexpr std::string_view k_cmdline_mark = "redoubt.simtee=1";

inline constexpr std::uint16_t k_version = 1;
inline constexpr std::size_t k_request_header_size = 20;
inline constexpr std::size_t k_answer_header_size = 44;
/// An inblob of evidence, in bytes. Source: Linux configfs-tsm, TSM_INBLOB_MAX of both providers.
inline constexpr std::size_t k_inblob_size = 64;
/// An inblob of Kind::extend: the register's number in a byte, and a SHA-384 digest.
inline constexpr std::size_t k_extend_size = 1 + 48;
/// The most an answer may have behind its header, in bytes.
inline constexpr std::size_t k_max_answer = 256U << 10U;

enum class Kind : std::uint16_t {
    describe = 0, ///< which provider there is; no inblob
    report = 1,   ///< an SEV-SNP report and its certificate table
    quote = 2,    ///< a TDX quote
    extend = 3    ///< RTMR3 of a TD is extended; inblob: the register's number and a digest
};

struct Request {
    Kind kind = Kind::describe;
    std::uint32_t id = 0;        ///< the guest's choice; its answer carries it
    std::uint32_t privlevel = 0; ///< VMPL of a report, 0 to 3; else 0
    std::string inblob;          ///< raw: 64 bytes of report data, what is extended, or none
};

struct Answer {
    Kind kind = Kind::describe;
    std::uint32_t id = 0;
    std::uint32_t status = 0;     ///< 0, or a google.rpc.Code; then only `message` is there
    std::uint64_t generation = 0; ///< how many requests for evidence this guest has made
    std::string provider;         ///< "sev_guest" or "tdx_guest"
    std::string outblob;          ///< raw report or quote
    std::string auxblob;          ///< raw certificate table of a report
    std::string message;          ///< what went wrong
    bool operator==(const Answer&) const = default;
};

/// A request's header and how many bytes of inblob follow it.
struct RequestHeader {
    Request request; ///< without its inblob
    std::size_t inblob_size = 0;
};
/// Errors: invalid_argument naming the field; failed_precondition another version; resource_exhausted an
/// inblob beyond its size.
[[nodiscard]] Result<RequestHeader> parse_request_header(std::string_view bytes);
/// A whole request, nothing behind it. Errors: the same.
[[nodiscard]] Result<Request> parse_request(std::string_view bytes);
[[nodiscard]] std::string encode(const Request& request);

/// How many bytes follow an answer's header. Errors: as parse_request_header().
[[nodiscard]] Result<std::size_t> answer_body_size(std::string_view header);
/// A whole answer, nothing behind it. Errors: the same.
[[nodiscard]] Result<Answer> parse_answer(std::string_view bytes);
[[nodiscard]] std::string encode(const Answer& answer);

} // namespace redoubt::tee::simtee_link
