// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/attester/simtee/simtee_device.hpp"

#include <span>
#include <utility>

namespace redoubt::guest::attester::simtee {

namespace link = tee::simtee_link;

Task<RawEvidence> SimteeDevice::evidence_over(std::string report_data) {
    RDT_CO_CHECK(co_await find_kind());
    link::Request request{.kind = kind_, .inblob = std::move(report_data)};
    RDT_CO_TRY(auto answer, co_await ask(std::move(request)));
    co_return RawEvidence{std::move(answer.provider), std::move(answer.outblob), std::move(answer.auxblob)};
}

Task<> SimteeDevice::extend(std::uint32_t rtmr, std::string digest) {
    RDT_CO_CHECK(co_await find_kind());
    // Not asked: a simulator that knows no such request ends the connection.
    if (kind_ != link::Kind::quote)
        co_return fail(Code::unimplemented, "this guest's processor has no runtime registers");
    link::Request request{.kind = link::Kind::extend,
                          .inblob = std::string(1, static_cast<char>(rtmr)) + digest};
    RDT_CO_CHECK((co_await ask(std::move(request))).transform([](const auto&) {}));
    co_return Status();
}

/// Asks once which evidence there is.
Task<> SimteeDevice::find_kind() {
    if (kind_ != link::Kind::describe) co_return Status();
    link::Request question{.kind = link::Kind::describe};
    RDT_CO_TRY(const auto described, co_await ask(std::move(question)));
    kind_ = described.provider == "tdx_guest" ? link::Kind::quote : link::Kind::report;
    co_return Status();
}

Task<link::Answer> SimteeDevice::ask(link::Request request) {
    request.id = ++last_id_;
    const auto kind = request.kind;
    RDT_CO_TRY(auto answer, co_await within(patience_, "simulator", converse(std::move(request))));
    if (answer.id != last_id_ || answer.kind != kind)
        co_return fail(Code::data_loss, "simulator: the answer is to another request");
    if (answer.status != 0) co_return fail(static_cast<Code>(answer.status), "simulator: {}", answer.message);
    co_return answer;
}

Task<link::Answer> SimteeDevice::converse(link::Request request) {
    RDT_CO_CHECK(co_await port_->write(link::encode(request)));
    RDT_CO_TRY(auto bytes, co_await read_exactly(link::k_answer_header_size));
    RDT_CO_TRY(const auto size, link::answer_body_size(bytes));
    RDT_CO_TRY(const auto body, co_await read_exactly(size));
    bytes += body;
    co_return link::parse_answer(bytes);
}

Task<std::string> SimteeDevice::read_exactly(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
        RDT_CO_TRY(const auto more, co_await port_->read_some(std::span(bytes).subspan(have)));
        if (more == 0) co_return fail(Code::unavailable, "simulator: the connection has ended");
        have += more;
    }
    co_return bytes;
}

} // namespace redoubt::guest::attester::simtee
