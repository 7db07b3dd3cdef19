# Holdfast 0.1.0 #v=1&plan=pro&endpoint=vpc-peering&data-loss=one-hour&role=cache&client=jedis&repeat-writes=safe&cloud=gcp&dataset=200&throughput=500000&instances=300&connections=8&runtime=kubernetes&capabilities=time-series,probabilistic&cluster-api=yes&name=bids

# The keys of the API come from the environment: REDISCLOUD_ACCESS_KEY and REDISCLOUD_SECRET_KEY.
# The state holds the database's password: keep it where only you can read it.
terraform {
  required_version = ">= 1.3"

  required_providers {
    rediscloud = {
      source  = "RedisLabs/rediscloud"
      version = "~> 2.11"
    }
  }
}

provider "rediscloud" {}

variable "card_last_four" {
  description = "Last four digits of the card that pays, as in Billing & Payments"
  type        = string

  validation {
    condition     = can(regex("^[0-9]{4}$", var.card_last_four))
    error_message = "Four digits."
  }
}

variable "allowed_networks" {
  description = "Address ranges that may connect, on every endpoint, those of private links too"
  type        = set(string)

  validation {
    condition     = length(var.allowed_networks) >= 1 && length(var.allowed_networks) <= 32 && alltrue([for cidr in var.allowed_networks : can(cidrhost(cidr, 0))])
    error_message = "Between 1 and 32 ranges in CIDR form."
  }
}

variable "backup_path" {
  description = "Where backups go: gs://bucket/folder; Redis Cloud needs the right to write there"
  type        = string
  sensitive   = true
}

variable "gcp_project_id" {
  description = "Your Google Cloud project"
  type        = string
}

variable "gcp_network_name" {
  description = "Your VPC network"
  type        = string
}

# The card that pays. Through a marketplace: put payment_method = "marketplace" in the place of
# payment_method_id below and drop this; with a direct contract drop both.
data "rediscloud_payment_method" "card" {
  last_four_numbers = var.card_last_four
  exclude_expired   = true
}

resource "rediscloud_subscription" "main" {
  name                   = "bids"
  payment_method_id      = data.rediscloud_payment_method.card.id
  memory_storage         = "ram"
  public_endpoint_access = false

  # None of this can ever be changed. The range must not overlap any network that is linked to it.
  cloud_provider {
    provider = "GCP"

    region {
      region                       = "us-east1"
      multiple_availability_zones  = true
      networking_deployment_cidr   = "10.71.0.0/24"
      preferred_availability_zones = []
    }
  }

  # Sizes the first machines, and is ignored afterwards. The service adds the replica's memory
  # itself.
  creation_plan {
    dataset_size_in_gb           = 200
    quantity                     = 1
    replication                  = true
    support_oss_cluster_api      = true
    throughput_measurement_by    = "operations-per-second"
    throughput_measurement_value = 500000
  }

  maintenance_windows {
    mode = "automatic"
  }

  # Some arguments can't be changed in place: without this, a change of theirs would destroy the
  # data.
  lifecycle {
    prevent_destroy = true
  }
}

resource "rediscloud_subscription_database" "main" {
  subscription_id              = rediscloud_subscription.main.id
  name                         = "bids"
  dataset_size_in_gb           = 200
  throughput_measurement_by    = "operations-per-second"
  throughput_measurement_value = 500000
  replication                  = true
  data_persistence             = "snapshot-every-1-hour"
  data_eviction                = "allkeys-lru"
  support_oss_cluster_api      = true
  enable_tls                   = true
  source_ips                   = var.allowed_networks

  alert {
    name  = "dataset-size"
    value = 95
  }

  alert {
    name  = "throughput-higher-than"
    value = 400000
  }

  alert {
    name  = "latency"
    value = 10
  }

  remote_backup {
    interval     = "every-24-hours"
    storage_type = "google-blob-storage"
    storage_path = var.backup_path
  }

  # Some arguments can't be changed in place: without this, a change of theirs would destroy the
  # data.
  lifecycle {
    prevent_destroy = true
  }
}

# Host and port for REDIS_HOST and REDIS_PORT.
output "endpoint" {
  value = rediscloud_subscription_database.main.private_endpoint
}

# For REDIS_PASSWORD: terraform output -raw password
output "password" {
  value     = rediscloud_subscription_database.main.password
  sensitive = true
}

# Create the peering on your network as well: to the project and network that this resource then
# shows.
resource "rediscloud_subscription_peering" "main" {
  subscription_id  = rediscloud_subscription.main.id
  provider_name    = "GCP"
  gcp_project_id   = var.gcp_project_id
  gcp_network_name = var.gcp_network_name
}
