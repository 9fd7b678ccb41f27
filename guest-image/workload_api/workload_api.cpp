// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "guest-image/workload_api/workload_api.hpp"

#include <linux/netlink.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "common/log/log.hpp"
#include "guest-image/workload_api/client_socket.hpp"
#include "guest-image/workload_api/evidence_binding.hpp"

namespace redoubt::guest::workload_api {
namespace {

namespace bj = boost::json;

constexpr const char* k_loopback = "127.0.0.1";
/// Of one container at a time: its broker's answers come one after the other anyway.
constexpr unsigned k_most_requests = 4;
constexpr http::ServerLimits k_limits{.header_bytes = 16U << 10U,
                                      .body_bytes = 16U << 10U,
                                      .connections = 64,
                                      .connections_of_peer = 64,
                                      .requests_of_connection = 1000,
                                      .handshake = std::chrono::seconds(10),
                                      .header = std::chrono::seconds(10),
                                      .body = std::chrono::seconds(10),
                                      .answer = std::chrono::seconds(30)};

http::ServerResponse plain(unsigned status, const std::string& reason) {
    return {
        .status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = reason + "\n"};
}

http::ServerResponse json_answer(const bj::object& object) {
    return {.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = bj::serialize(object)};
}

constexpr std::array<std::pair<Code, unsigned>, 8> k_statuses = {{{Code::invalid_argument, 400},
                                                                  {Code::permission_denied, 403},
                                                                  {Code::not_found, 404},
                                                                  {Code::resource_exhausted, 429},
                                                                  {Code::unimplemented, 501},
                                                                  {Code::unavailable, 503},
                                                                  {Code::failed_precondition, 503},
                                                                  {Code::deadline_exceeded, 503}}};

unsigned status_of(Code code) {
    const auto* const known = std::ranges::find(k_statuses, code, &std::pair<Code, unsigned>::first);
    return known == k_statuses.end() ? 500 : known->second;
}

} // namespace

/// One of a container's requests, counted while it is under way.
class WorkloadApi::Turn {
  public:
    static Result<Turn> take(WorkloadApi& api, const ContainerId& container) {
        auto& count = api.under_way_[container];
        if (count >= k_most_requests)
            return fail(Code::resource_exhausted, "container '{}' has {} requests under way", container,
                        count);
        ++count;
        return Turn(api, container);
    }
    Turn(Turn&& other) noexcept
        : api_(std::exchange(other.api_, nullptr)), container_(std::move(other.container_)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
        if (api_ == nullptr) return;
        const auto found = api_->under_way_.find(container_);
        if (--found->second == 0) api_->under_way_.erase(found);
    }

  private:
    Turn(WorkloadApi& api, ContainerId container) : api_(&api), container_(std::move(container)) {}

    WorkloadApi* api_;
    ContainerId container_;
};

WorkloadApi::~WorkloadApi() = default;

Result<std::unique_ptr<WorkloadApi>> WorkloadApi::listen(const asio::any_io_executor& executor,
                                                         WorkloadParts parts) {
    std::unique_ptr<WorkloadApi> api(new WorkloadApi(std::move(parts)));
    if (!api->parts_.find_cgroup) {
        RDT_TRY(auto kernel, netlink::Socket::open(NETLINK_SOCK_DIAG));
        api->kernel_ = std::make_unique<netlink::Socket>(std::move(kernel));
        api->parts_.find_cgroup = [api = api.get()](std::uint16_t client) {
            return cgroup_of_client(*api->kernel_, {.client = client, .server = api->port()});
        };
    }
    http::ServerOptions options{.limits = k_limits, .identity = {}, .refusal = plain};
    const auto answer = [api = api.get()](http::ServerRequest request) {
        return api->answer(std::move(request));
    };
    RDT_TRY(api->server_, http::Server::listen(executor, api->parts_.endpoint, std::move(options), answer));
    return api;
}

asio::awaitable<http::ServerResponse> WorkloadApi::answer(http::ServerRequest request) {
    const auto path = std::string(request.path().substr(0, 200));
    auto response = co_await within(parts_.patience, "the workload API", serve(std::move(request)));
    if (response) co_return *std::move(response);
    log::debug("a request of the workload API is refused",
               {{"PATH", path}, {"REASON", response.error().message}});
    co_return plain(status_of(response.error().code), response.error().message);
}

/// First who asks, then what: who is nobody of this guest's learns nothing of either.
Task<http::ServerResponse> WorkloadApi::serve(http::ServerRequest request) {
    RDT_CO_TRY(const auto caller, find_caller(request.peer));
    RDT_CO_TRY(auto wanted, read_request(request));
    RDT_CO_TRY(const auto turn, Turn::take(*this, caller.id));
    RDT_CO_CHECK(admit(wanted, request, caller));
    co_return co_await fulfil(std::move(wanted), caller);
}

Result<Caller> WorkloadApi::find_caller(const http::Peer& peer) {
    if (peer.address != k_loopback)
        return fail(Code::permission_denied,
                    "the connection comes from {}, and not from this guest's 127.0.0.1", peer.address);
    RDT_TRY(const auto cgroup, parts_.find_cgroup(peer.port));
    auto caller = parts_.find_caller(cgroup);
    if (!caller)
        return fail(Code::permission_denied, "the connection is of no container: {}", caller.error().message);
    return caller;
}

Status WorkloadApi::admit(const ApiRequest& wanted, const http::ServerRequest& request,
                          const Caller& caller) {
    if (wanted.subject == Subject::info) return {}; // says what kind of guest this is, no more
    return parts_.gate->admit_workload(policy_input(wanted, request, caller.id.str(), caller.name));
}

Task<http::ServerResponse> WorkloadApi::fulfil(ApiRequest wanted, Caller caller) {
    switch (wanted.subject) {
    case Subject::resource: co_return co_await give_resource(std::move(wanted.resource));
    case Subject::token: co_return co_await give_token();
    case Subject::evidence: co_return co_await give_evidence(std::move(wanted.runtime_data), caller.id);
    case Subject::additional_evidence: co_return http::ServerResponse{}; // no devices: no bytes
    case Subject::event: co_return co_await note_event(std::move(wanted.event));
    case Subject::info: co_return info();
    }
    co_return fail(Code::internal, "a request of no kind");
}

Task<http::ServerResponse> WorkloadApi::give_resource(std::string path) {
    RDT_CO_TRY(const auto value, co_await parts_.resources->get("kbs:///" + path));
    co_return http::ServerResponse{.status = 200,
                                   .headers = {{"Content-Type", "application/octet-stream"}},
                                   .body = std::string(value.view()),
                                   .is_secret = true};
}

/// Without "tee_keypair", which Confidential Containers' agent adds: nobody has that key any more.
Task<http::ServerResponse> WorkloadApi::give_token() {
    if (parts_.tokens == nullptr)
        co_return fail(Code::failed_precondition, "initdata names no broker: it has no entry 'aa.toml'");
    bj::object answer;
    RDT_CO_TRY(answer["token"], co_await parts_.tokens->token());
    co_return json_answer(answer);
}

Task<http::ServerResponse> WorkloadApi::give_evidence(std::string runtime_data, ContainerId container) {
    RDT_CO_TRY(auto bound, evidence_binding(container.str(), runtime_data));
    RDT_CO_TRY(const auto evidence, co_await parts_.attester->attest(std::move(bound)));
    auto answer = json_answer(evidence.json);
    answer.headers.add("Redoubt-Binding", std::string(k_evidence_domain));
    answer.headers.add("Redoubt-Container", container.str());
    co_return answer;
}

/// A workload must not believe that something was noted which no register holds.
Task<http::ServerResponse> WorkloadApi::note_event(tee::RuntimeEvent event) {
    auto noted = co_await parts_.attester->note(std::move(event));
    if (!noted && noted.error().code == Code::unimplemented)
        co_return fail(Code::unimplemented, "NOT_SUPPORTED: {}", noted.error().message);
    RDT_CO_CHECK(noted);
    co_return http::ServerResponse{};
}

http::ServerResponse WorkloadApi::info() const {
    bj::object about{{"version", REDOUBT_VERSION},
                     {"tee", parts_.tee},
                     {"additional_tees", bj::array()},
                     {"feature", "all"}};
    if (parts_.is_simulation) about["simulation"] = true;
    return json_answer(about);
}

} // namespace redoubt::guest::workload_api
