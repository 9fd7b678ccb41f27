// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#pragma once

/// The project's one error type. Every fallible function returns Result<T>; no exception crosses a module
/// border.
///
///     Result<Config> load(const Path& path) {
///         RDT_TRY(auto text, read_file(path));
///         return parse_config(text).transform_error(context("parse {}", path));
///     }

#include <cstdint>
#include <expected>
#include <format>
#include <string>
#include <string_view>
#include <utility>

namespace redoubt {

/// Canonical status codes; the values are google.rpc.Code, so mapping to gRPC, ttrpc and CRI is a cast.
/// Source: googleapis google/rpc/code.proto.
enum class Code : std::uint8_t {
    cancelled = 1,
    unknown = 2,
    invalid_argument = 3,
    deadline_exceeded = 4,
    not_found = 5,
    already_exists = 6,
    permission_denied = 7,
    resource_exhausted = 8,
    failed_precondition = 9,
    aborted = 10,
    out_of_range = 11,
    unimplemented = 12,
    internal = 13,
    unavailable = 14,
    data_loss = 15,
    unauthenticated = 16,
};

/// The code's name as google.rpc spells it, e.g. "NOT_FOUND".
[[nodiscard]] std::string_view name_of(Code code);

/// A failure: a code for programs, a message for people.
/// The message is a lower-case fragment that says what was attempted and on what; it never carries a secret.
struct Error {
    Code code = Code::unknown;
    std::string message;

    /// This error with outer context in front: "pull busybox: connection refused".
    [[nodiscard]] Error within(std::string_view outer) const& {
        return {code, std::string(outer) + ": " + message};
    }
    [[nodiscard]] bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// Makes a failed Result: `return fail(Code::not_found, "no image '{}'", name);`
template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(Code code, std::format_string<Args...> format, Args&&... args) {
    return std::unexpected(Error{code, std::format(format, std::forward<Args>(args)...)});
}

/// Makes a failed Result from an errno value; the code follows from it (ENOENT is not_found, ENOSPC
/// resource_exhausted...).
template <class... Args>
[[nodiscard]] std::unexpected<Error> fail_errno(int number, std::format_string<Args...> format,
                                                Args&&... args);

/// The canonical code for an errno value.
[[nodiscard]] Code code_of_errno(int number);
/// "No such file or directory" and so on; thread-safe.
[[nodiscard]] std::string text_of_errno(int number);

/// For Result::transform_error: puts context in front of the message.
template <class... Args>
[[nodiscard]] auto context(std::format_string<Args...> format, Args&&... args) {
    return [outer = std::format(format, std::forward<Args>(args)...)](const Error& error) {
        return error.within(outer);
    };
}

template <class... Args>
std::unexpected<Error> fail_errno(int number, std::format_string<Args...> format, Args&&... args) {
    return std::unexpected(Error{code_of_errno(number), std::format(format, std::forward<Args>(args)...) +
                                                            ": " + text_of_errno(number)});
}

} // namespace redoubt

#define RDT_CONCAT_INNER(a, b) a##b
#define RDT_CONCAT(a, b) RDT_CONCAT_INNER(a, b)
#define RDT_TRY_INTO(temporary, declaration, expression, returning)                                          \
    auto temporary = (expression);                                                                           \
    if (!temporary) returning std::unexpected(std::move(temporary).error());                                 \
    declaration = *std::move(temporary)
#define RDT_CHECK_OK(temporary, expression, returning)                                                       \
    if (auto temporary = (expression); !temporary) returning std::unexpected(std::move(temporary).error())

/// Declares a variable from a Result, or returns its error: `RDT_TRY(auto text, read_file(path));`
#define RDT_TRY(declaration, ...)                                                                            \
    RDT_TRY_INTO(RDT_CONCAT(rdt_result_, __LINE__), declaration, (__VA_ARGS__), return)
/// Returns the error of a Status, if it has one.
#define RDT_CHECK(...) RDT_CHECK_OK(RDT_CONCAT(rdt_status_, __LINE__), (__VA_ARGS__), return)
/// The same inside coroutines: `RDT_CO_TRY(auto reply, co_await call());`
#define RDT_CO_TRY(declaration, ...)                                                                         \
    RDT_TRY_INTO(RDT_CONCAT(rdt_result_, __LINE__), declaration, (__VA_ARGS__), co_return)
#define RDT_CO_CHECK(...) RDT_CHECK_OK(RDT_CONCAT(rdt_status_, __LINE__), (__VA_ARGS__), co_return)
