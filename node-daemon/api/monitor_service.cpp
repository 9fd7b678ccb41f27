// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Redoubt authors
#include "node-daemon/api/monitor_service.hpp"

#include "node-daemon/api/grpc_bridge.hpp"
#include "redoubt/node/v1/monitor.grpc.pb.h"

namespace redoubt::node::api {
namespace {

v1::HistorySample encode(const metrics::Sample& sample) {
    v1::HistorySample message;
    message.set_time(sample.time);
    message.set_cpu_seconds(sample.host.cpu_seconds);
    message.set_cpus(sample.host.cpus);
    message.set_memory_bytes(sample.host.memory_bytes);
    message.set_memory_used_bytes(sample.host.memory_used_bytes);
    message.set_disk_bytes(sample.host.disk_bytes);
    message.set_disk_used_bytes(sample.host.disk_used_bytes);
    message.set_network_received_bytes(sample.host.network_received_bytes);
    message.set_network_sent_bytes(sample.host.network_sent_bytes);
    message.set_vms(sample.counts.vms);
    message.set_containers_running(sample.counts.containers_running);
    message.set_containers(sample.counts.containers);
    return message;
}

Task<v1::GetHistoryResponse> get_history(const metrics::History& history, v1::GetHistoryRequest request) {
    v1::GetHistoryResponse response;
    response.set_interval_seconds(static_cast<std::uint32_t>(metrics::History::k_interval.count()));
    for (const auto& sample : history.since(request.since())) *response.add_samples() = encode(sample);
    co_return response;
}

class MonitorService final : public v1::Monitor::CallbackService {
  public:
    MonitorService(const metrics::History& history, CallRegistry& registry, Gate& gate)
        : history_(history), registry_(registry), gate_(gate) {}

    grpc::ServerUnaryReactor* GetHistory(grpc::CallbackServerContext* context,
                                         const v1::GetHistoryRequest* request,
                                         v1::GetHistoryResponse* response) override {
        const auto bind = [this](const Admission& /*admission*/) {
            return [this](v1::GetHistoryRequest taken) { return get_history(history_, std::move(taken)); };
        };
        return admit_unary(gate_, registry_, *context, OnDisconnect::finish, bind, *request, *response);
    }

  private:
    const metrics::History& history_;
    CallRegistry& registry_;
    Gate& gate_;
};

} // namespace

std::unique_ptr<grpc::Service> make_monitor_service(const metrics::History& history, CallRegistry& registry,
                                                    Gate& gate) {
    return std::make_unique<MonitorService>(history, registry, gate);
}

} // namespace redoubt::node::api
