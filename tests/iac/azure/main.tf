# Holdfast 0.1.0 #v=1&plan=pro&endpoint=vpc-peering&mistake=one-hour&cloud=azure&name=contoso

# The keys of the API come from the environment: REDISCLOUD_ACCESS_KEY and REDISCLOUD_SECRET_KEY.
# The state holds the database's password: keep it where only you can read it.
# Redis Cloud has no Pro on Azure: this stands on AWS.
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
  description = "Where backups go: s3://bucket/folder; Redis Cloud needs the right to write there"
  type        = string
  sensitive   = true
}

variable "aws_account_id" {
  description = "Your AWS account"
  type        = string
}

variable "vpc_id" {
  description = "Your VPC"
  type        = string
}

variable "vpc_cidrs" {
  description = "Ranges of your VPC, at most five; they must not overlap the database's own"
  type        = set(string)

  validation {
    condition     = length(var.vpc_cidrs) >= 1 && length(var.vpc_cidrs) <= 5 && alltrue([for cidr in var.vpc_cidrs : can(cidrhost(cidr, 0))])
    error_message = "Between 1 and 5 ranges in CIDR form."
  }
}

# The card that pays. Through a marketplace: put payment_method = "marketplace" in the place of
# payment_method_id below and drop this; with a direct contract drop both.
data "rediscloud_payment_method" "card" {
  last_four_numbers = var.card_last_four
  exclude_expired   = true
}

resource "rediscloud_subscription" "main" {
  name                   = "contoso"
  payment_method_id      = data.rediscloud_payment_method.card.id
  memory_storage         = "ram"
  public_endpoint_access = false

  # None of this can ever be changed. The range must not overlap any network that is linked to it.
  cloud_provider {
    provider = "AWS"

    region {
      region                       = "us-east-1"
      multiple_availability_zones  = true
      networking_deployment_cidr   = "10.71.0.0/24"
      preferred_availability_zones = []
    }
  }

  # Sizes the first machines, and is ignored afterwards. The service adds the replica's memory
  # itself.
  creation_plan {
    dataset_size_in_gb           = 1
    quantity                     = 1
    replication                  = true
    support_oss_cluster_api      = false
    throughput_measurement_by    = "operations-per-second"
    throughput_measurement_value = 1000
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
  name                         = "contoso"
  dataset_size_in_gb           = 1
  throughput_measurement_by    = "operations-per-second"
  throughput_measurement_value = 1000
  replication                  = true
  data_persistence             = "aof-every-1-second"
  data_eviction                = "noeviction"
  support_oss_cluster_api      = false
  resp_version                 = "resp3"
  enable_tls                   = true
  source_ips                   = var.allowed_networks

  alert {
    name  = "dataset-size"
    value = 80
  }

  alert {
    name  = "throughput-higher-than"
    value = 800
  }

  alert {
    name  = "latency"
    value = 10
  }

  remote_backup {
    interval     = "every-1-hours"
    storage_type = "aws-s3"
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

# Accept the peering in your account, then add a route to the database's range to your route tables.
resource "rediscloud_subscription_peering" "main" {
  subscription_id = rediscloud_subscription.main.id
  provider_name   = "AWS"
  region          = "us-east-1"
  aws_account_id  = var.aws_account_id
  vpc_id          = var.vpc_id
  vpc_cidrs       = var.vpc_cidrs
}
